"""One Python process for all interop tests: the heavy libraries are imported once, everything is offline."""
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
for path in (HERE, ROOT / "tests" / "fixtures" / "models"):
    sys.path.insert(0, str(path))
built = ROOT / "build" / "python"
sys.path.insert(0, str(built if (built / "modelexport").is_dir() else ROOT / "native" / "python"))
os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1",
                  TOKENIZERS_PARALLELISM="false")

import pytest  # noqa: E402

import support  # noqa: E402


def pytest_collection_modifyitems(items):
    """The many small operator cases come last: a broken model is the more telling failure."""
    items.sort(key=lambda i: i.path.name == "test_ops.py")


@pytest.fixture(scope="session")
def shelf(tmp_path_factory):
    """Exports of the tiny models, made on first use and shared by all tests."""
    return support.Shelf(tmp_path_factory.mktemp("exports"))
