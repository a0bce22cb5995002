"""Table-driven operator tests: families of cases, one engine (see engine.py) and a small command line (run.py)."""
