"""What an organization plans: schedules, time off, closures, rotations, overrides, calendars. The only writer of them."""
