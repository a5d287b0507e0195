import type { DType } from '../raster/dtype.js';

/** How the names of loops over integers of 8 and 16 bits call their types. */
export const LOOP_NAMES: Partial<Record<DType, string>> = { uint8: 'U8', int8: 'I8', uint16: 'U16', int16: 'I16' };

/** How those that read any type call the types of arrays: 64-bit integers are there as doubles. */
export const ARRAY_NAMES: Readonly<Record<DType, string>> = {
  uint8: 'U8',
  int8: 'I8',
  uint16: 'U16',
  int16: 'I16',
  uint32: 'U32',
  int32: 'I32',
  uint64: 'F64',
  int64: 'F64',
  float32: 'F32',
  float64: 'F64',
};

/** How those that make any type call it: the doubles of 64-bit integers are whole. */
export const RESULT_NAMES: Readonly<Record<DType, string>> = { ...ARRAY_NAMES, uint64: 'Whole64', int64: 'Whole64' };
