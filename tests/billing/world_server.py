"""Serves `seahaven-stripe-world`, a stateful copy of Stripe's API, on a port: `python world_server.py --port 12111`.

It is written for Python 3.14, where annotations are not evaluated; before it, it runs when its modules are compiled so. The
tests start this file with the interpreter of STRIPE_WORLD_PYTHON, which needs nothing of ours.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import PathFinder, SourceFileLoader

_FLAG = annotations.compiler_flag


class _Loader(SourceFileLoader):
    def get_code(self, fullname):
        path = self.get_filename(fullname)
        return compile(self.get_data(path), path, "exec", flags=_FLAG, dont_inherit=True)


class _Finder(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if not name.partition(".")[0].startswith("seahaven"):
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(name, spec.loader.path)
        return spec


if __name__ == "__main__":
    if sys.version_info < (3, 14):
        sys.meta_path.insert(0, _Finder())
    handle = import_module("seahaven_stripe_world.http_api").handle
    world = import_module("seahaven_stripe_world.world").world
    import_module("seahaven.http").main(world, handle)
