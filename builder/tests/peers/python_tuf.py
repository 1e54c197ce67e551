"""Lets python-tuf, the reference client of The Update Framework, read a repository.

Arguments: the trusted root.json, the repository's folder, names of targets. Fetches and checks each; says what is wrong.
"""

import os
import sys
import tempfile

from tuf.api.exceptions import DownloadHTTPError
from tuf.ngclient import FetcherInterface, Updater


class Folder(FetcherInterface):
    """Takes files from a folder as a web server would give them."""

    def __init__(self, path):
        self.path = path

    def _fetch(self, url):
        path = os.path.join(self.path, url.removeprefix("https://folder/"))
        if not os.path.exists(path):
            raise DownloadHTTPError("not found", 404)
        with open(path, "rb") as file:
            return iter([file.read()])


def main():
    root, repository, *names = sys.argv[1:]
    with open(root, "rb") as file:
        trusted = file.read()
    with tempfile.TemporaryDirectory() as metadata, tempfile.TemporaryDirectory() as targets:
        updater = Updater(
            metadata_dir=metadata,
            metadata_base_url="https://folder/metadata/",
            target_dir=targets,
            target_base_url="https://folder/targets/",
            fetcher=Folder(repository),
            bootstrap=trusted,
        )
        updater.refresh()
        for name in names:
            info = updater.get_targetinfo(name)
            if info is None:
                sys.exit(f"{name} is not listed")
            updater.download_target(info)
            print(f"{name}: {info.length} bytes")


main()
