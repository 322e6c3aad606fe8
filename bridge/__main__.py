"""`python -m bridge`."""

import sys

try:
    from bridge.cli import main
except KeyboardInterrupt:  # as early as that, nobody waits for a word
    sys.exit(130)

if __name__ == "__main__":
    sys.exit(main())
