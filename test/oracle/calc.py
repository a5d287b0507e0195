"""What numpy makes of expressions.

Reads {columns, expressions} from stdin: columns by name, null where invalid, and expressions in Python's words.
Prints the list of results, null where they are not finite or a column they name is invalid.
"""

import json
import sys

import numpy as np

asked = json.load(sys.stdin)
columns = {name: np.array([np.nan if v is None else v for v in values]) for name, values in asked['columns'].items()}
WORDS = {
    'abs': np.abs, 'ceil': np.ceil, 'clip': np.clip, 'exp': np.exp, 'floor': np.floor, 'log': np.log, 'log10': np.log10,
    'log2': np.log2, 'max': np.maximum, 'min': np.minimum, 'pow': np.power, 'round': np.round, 'sign': np.sign,
    'sqrt': np.sqrt, 'where': np.where, 'logical_and': np.logical_and, 'logical_or': np.logical_or,
    'logical_not': np.logical_not, 'int64': lambda values: np.nan_to_num(values).astype(np.int64),
}


def result(expression):
    code = compile(expression, 'expression', 'eval')
    with np.errstate(all='ignore'):
        values = np.broadcast_to(np.asarray(eval(code, dict(WORDS), columns), float), (len(next(iter(columns.values()))),)).copy()
    for name in code.co_names:
        if name in columns:
            values[np.isnan(columns[name])] = np.nan
    return [float(value) if np.isfinite(value) else None for value in values]


print(json.dumps([result(expression) for expression in asked['expressions']]))
