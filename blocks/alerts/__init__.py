"""Where alerts go: Slack, PagerDuty, e-mail, a webhook, or any notification block of Prefect."""
