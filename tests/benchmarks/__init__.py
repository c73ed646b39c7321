"""Measures the members list and the audit log at any size, beside a stock ModelAdmin on the same rows.

    DATABASE_URL=postgres://… python -m tests.benchmarks --members 1000000

prints medians and two ratios for each page: to the same page of an organization of 60, and to the stock ModelAdmin's.
"""
