"""python -m modelexport.capture: the command line of capture."""
import argparse
import json
import os
import sys

DESCRIPTION = "Capture a Transformers model as an archive for `modelexport export`, with this Python's PyTorch."
EXAMPLES = """examples:
  python -m modelexport.capture ./model_dir -o model.pt
  python -m modelexport.capture sentence-transformers/all-MiniLM-L6-v2 -o minilm.pt
  python -m modelexport.capture org/name@main -o model.pt2 --task text-classification
  python -m modelexport.capture ./llama_dir -o llama.pt --with-past      # key/value cache for generation
  python -m modelexport.capture ./t5_dir -o archives                     # encoder and decoders, with cache
  python -m modelexport.capture ./odd_model -o odd.pt --input tokens:int64:2x16

then:
  modelexport export model.pt --source ./model_dir -o out

The archive carries a record, modelexport.json: the source and the commit that was loaded, the task, the inputs, the
versions of torch, transformers and tokenizers, and a fingerprint of the tokenizer. It names no absolute path unless
--keep-paths is given. Nothing is uploaded."""


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m modelexport.capture", description=DESCRIPTION, epilog=EXAMPLES,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("source", metavar="SOURCE[@REV]", help="model directory, or Hub id with an optional revision")
    p.add_argument("-o", "--output", required=True, metavar="FILE|DIR",
                   help=".pt: TorchScript; .pt2: torch.export; a directory: every archive that loaders need, with "
                        "key/value cache where the model generates text")
    p.add_argument("--task", metavar="T", help="task; default: what config.json's architecture is for")
    p.add_argument("--with-past", action="store_true", help="key/value cache as inputs and outputs of the decoder")
    p.add_argument("--format", choices=["torchscript", "pt2"], help="archive form, if the file name does not say it")
    p.add_argument("--input", action="append", default=[], metavar="NAME:DTYPE:2x16",
                   help="example input to use instead of, or beside, the known ones")
    p.add_argument("--dtype", choices=["float32", "float16", "bfloat16", "float64"], default="float32",
                   help="dtype of weights and float inputs (default float32)")
    p.add_argument("--attn", metavar="NAME", help="attention implementation (sdpa, eager); default: the model's")
    p.add_argument("--trust-remote-code", action="store_true", help="run code that comes with the model")
    p.add_argument("--offline", action="store_true", help="use only what is on this machine")
    p.add_argument("--keep-paths", action="store_true", help="record an absolute source path as it is")
    p.add_argument("--no-check", action="store_true", help="do not compare the archive with the model at other sizes")
    p.add_argument("--force", action="store_true", help="replace an existing file")
    p.add_argument("--json", action="store_true", help="print the record")
    p.add_argument("--quiet", action="store_true")
    p.add_argument("--traceback", action="store_true", help="show where in Python an error came from")
    return p


def main(argv=None) -> int:
    a = parser().parse_args(argv)
    if a.offline:
        os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    from . import CaptureError, Options, capture
    say = (lambda text: None) if a.quiet else (lambda text: print(text, file=sys.stderr, flush=True))
    options = Options(task=a.task, with_past=a.with_past, format=a.format, inputs=a.input, dtype=a.dtype,
                      attention=a.attn, trust_remote_code=a.trust_remote_code, keep_paths=a.keep_paths,
                      check=not a.no_check, force=a.force, say=say)
    try:
        made = capture(a.source, a.output, options)
    except CaptureError as e:
        if a.traceback and e.__cause__:
            import traceback
            traceback.print_exception(e.__cause__)
        if a.json:
            print(json.dumps(e.as_json()))
        print(e, file=sys.stderr)
        return e.exit_code
    except KeyboardInterrupt:
        print("error[ME-CLI-002]: Interrupted.", file=sys.stderr)
        return 130
    files = [a.output] if "schema" in made else [os.path.join(a.output, name) for name in made]
    if a.json:
        facts = {**made, "file": a.output} if "schema" in made else {"directory": a.output, "files": made}
        print(json.dumps(facts, indent=1, ensure_ascii=False))
    for file in files:
        say(f"wrote {file} ({os.path.getsize(file):,} bytes)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
