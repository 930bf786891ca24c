"""The browser as a phone: short-lived SIP accounts for WebRTC."""
