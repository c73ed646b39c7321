"""The example project, with the stock admin beside it."""

from project.settings import *

ROOT_URLCONF = "tests.benchmarks.urls"
ALLOWED_HOSTS = ["testserver"]
