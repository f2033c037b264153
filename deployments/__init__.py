"""What runs beside Innkeeper."""
