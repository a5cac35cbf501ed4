#!/usr/bin/env python3
"""The one door: every command of the project starts here, on a bare machine as in the project's own environment."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  (this file is what an older Python meets first)
    sys.exit("The SLA Portal needs Python 3.11 or newer; this is Python %d.%d." % sys.version_info[:2])  # noqa: UP031


def main() -> int:
    from slaportal import bootstrap

    bootstrap.enter_environment(sys.argv)  # comes back only inside the project's environment
    from slaportal import door

    return door.run(sys.argv)


if __name__ == "__main__":
    sys.exit(main())
