"""Telephone calls by way of a provider's webhooks: Twilio and 46elks, on the web service."""

from rostlots.telephony.webhooks import blueprint

__all__ = ["blueprint"]
