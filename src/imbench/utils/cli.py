"""Exit codes of scripts: errors as messages, and no traceback at a closed pipe."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from imbench.errors import ImbenchError


def exit_code(main: Callable[[], int]) -> int:
    """Run ``main`` and return its exit code.

    An :class:`ImbenchError` is printed and gives 2; a closed output pipe (``… | head``) gives 0.
    """
    try:
        code = main()
        sys.stdout.flush()
    except ImbenchError as error:
        print(f"imbench: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code
