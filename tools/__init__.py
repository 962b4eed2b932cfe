"""Programs for those who work on Röstlots; none of them is installed with it."""
