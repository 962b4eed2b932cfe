"""`python -m rostlots` and the command `rostlots`."""

import sys

from rostlots.cli import main

if __name__ == "__main__":
    sys.exit(main())
