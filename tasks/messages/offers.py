"""Whether what a message offers the guest has to be approved by a person before it is sent."""

from collections.abc import Iterator

from innkeeper.engine.commitments import commitments
from innkeeper.engine.compensation import CompensationRules, check_compensation, check_discount
from innkeeper.schemas.access import Role
from innkeeper.schemas.message_contexts import Apology, MessageContext, PromotionalOffer

_WORTH_MONEY = frozenset({"free", "refund", "discount", "upgrade", "compensation", "gift"})


def approval_reason(context: MessageContext, role: Role, rules: CompensationRules | None = None) -> str | None:
    """
    Why a person has to see the message before it is sent; none when `role` may offer what is in it.

    Args:
        context: The variables of the message.
        role: Whose message it is.
        rules: The packaged ones when absent.
    """
    if isinstance(context, PromotionalOffer) and context.discount_percent is not None:
        return check_discount(role, context.discount_percent, rules)
    reasons = (check_compensation(role, offer, rules) for offer in _offers(context))
    return next(filter(None, reasons), None)


def _offers(context: MessageContext) -> Iterator[str]:
    if isinstance(context, Apology) and context.compensation_offered is not None:
        offered = context.compensation_offered
        yield from filter(None, (offered.value, offered.value_translated))
    alternative = getattr(context, "alternative", None)
    if alternative and commitments(alternative) & _WORTH_MONEY:
        yield alternative
