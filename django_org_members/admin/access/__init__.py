"""The pages on which permissions are granted, seen and taken back: in the ordinary site only."""
