"""Every operator case in both archive formats (the tables are in op_cases/)."""
import pytest

from op_cases import batch, engine


def pytest_generate_tests(metafunc):
    if "op_job" in metafunc.fixturenames:
        todo = engine.jobs(engine.FAMILIES)
        metafunc.parametrize("op_job", todo, ids=[j.id for j in todo])


@pytest.fixture(scope="session")
def op_results(request, tmp_path_factory):
    """Runs the selected cases together, many in one archive."""
    todo = [i.callspec.params["op_job"] for i in request.session.items
            if hasattr(i, "callspec") and "op_job" in i.callspec.params]
    batch.run(todo, tmp_path_factory.mktemp("ops"))
    return todo


def test_operator(op_job, op_results):
    assert not op_job.error, op_job.error
