"""Answers for many input directories in one process: one JSON request a line on stdin, one JSON answer a line on stdout.

request: {"dir": …, "click_s": …, "conversion_s": …, "view_s": …}     answer: {"expected": …}, or {"refused": why}
"""
import json, os, sys, traceback
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
import oracle

for line in sys.stdin:
    request = json.loads(line)
    try: answer = {"expected": oracle.expected(request["dir"], request["click_s"], request["conversion_s"], request["view_s"])}
    except SystemExit as why: answer = {"refused": str(why)}
    except Exception: answer = {"crashed": traceback.format_exc()}
    print(json.dumps(answer), flush=True)
