"""What the example project shows: two organizations full of people, and the command that makes and serves them."""
