"""A project whose cache and sessions are in Redis (REDIS_URL)."""

import os

from .base import *

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0"),
        # Each process of the tests has keys of its own.
        "KEY_PREFIX": f"org-members-tests-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}",
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.cache"
