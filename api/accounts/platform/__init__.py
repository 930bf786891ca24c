"""The operators of the installation: they suspend teams and users, end sessions and set quotas."""
