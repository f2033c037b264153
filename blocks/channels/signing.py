"""The signature of Standard Webhooks, by which a receiver knows that a message is the hotel's."""

import base64
import hashlib
import hmac


def signature(secret: str, message_id: str, body: bytes, at_s: int) -> dict[str, str]:
    """
    The three headers of a signed message: `v1,` and the Base64 of HMAC-SHA256 over `id.timestamp.body`.

    Args:
        secret: Key, as the receiver has it.
        message_id: The same whenever the message is sent again.
        body: As it is sent.
        at_s: Unix time.
    """
    signed = f"{message_id}.{at_s}.".encode() + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
