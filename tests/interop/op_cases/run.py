"""Run operator cases quickly: python tests/interop/op_cases/run.py [FAMILY…] [-k PATTERN] [--format pt|pt2|both]

One line per failure: the case, the stage that failed (archive, export, load, run at sizes) and why. --nodes prints the
ONNX operators of every case; --keep DIR keeps the archives and ONNX files. Exit 1 if anything failed.
"""
import argparse
import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))


def main() -> int:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("families", nargs="*")
    p.add_argument("-k", default="", metavar="PATTERN", help="only cases whose name matches this regular expression")
    p.add_argument("--format", choices=["pt", "pt2", "both"], default="both")
    p.add_argument("--opsets", default=str(18), metavar="N,N", help="opsets to export at (default 18)")
    p.add_argument("--keep", metavar="DIR", type=pathlib.Path)
    p.add_argument("--archives-only", action="store_true", help="make the archives, run them in PyTorch at every size and stop (needs no built program)")
    p.add_argument("--nodes", action="store_true")
    p.add_argument("--only", metavar="FILE", type=pathlib.Path, help="only the jobs whose ids are in this JSON list")
    p.add_argument("--result", metavar="FILE", type=pathlib.Path, help="write the errors by id as JSON")
    p.add_argument("-v", action="store_true", help="also the cases that pass")
    a = p.parse_args()
    from op_cases import batch, engine
    formats = ("pt", "pt2") if a.format == "both" else (a.format,)
    todo = engine.jobs(a.families or engine.FAMILIES, a.k, formats, tuple(map(int, a.opsets.split(","))))
    if a.only:
        wanted = set(json.loads(a.only.read_text()))
        todo = [j for j in engine.jobs(engine.FAMILIES, opsets=tuple(range(17, 22))) if j.id in wanted]
    with tempfile.TemporaryDirectory() as scratch:
        directory = a.keep or pathlib.Path(scratch)
        if a.archives_only:
            directory.mkdir(parents=True, exist_ok=True)
            for job in todo:
                try:
                    engine.make_archive(job, directory)
                    engine.check_row(job)
                except Exception as e:
                    job.fail(engine.first_line(e))
        else:
            batch.run(todo, directory, 1 if a.only else 2)
    if a.result:
        a.result.write_text(json.dumps({j.id: j.error for j in todo}))
    for job in todo:
        if job.error:
            print(f"FAIL {job.id}  {job.error}")
        elif a.v or a.nodes:
            print(f"ok   {job.id}  {' '.join(job.nodes) if a.nodes else ''}".rstrip())
    print(engine.summary(todo))
    return 1 if any(j.error for j in todo) else 0


if __name__ == "__main__":
    sys.exit(main())
