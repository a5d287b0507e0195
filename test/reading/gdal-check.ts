/**
 * Python that compares outputs of `normalize` with numpy's arithmetic on what rasterio reads of the inputs, by windows
 * of 256 pixels. Prints for each case what differs; nothing where all is as it should be.
 */
export const CHECK_OUTPUTS = `
import json, sys, warnings
import numpy as np
import rasterio
from osgeo import gdal
from rasterio.enums import ColorInterp, MaskFlags
warnings.filterwarnings('ignore')
FULL = {'uint8': 255, 'uint16': 65535, 'float32': 1.0}

def expected(values, valid, low, high, dtype):
    out = np.zeros(values.shape, 'float64')
    height, width = values.shape
    for y in range(0, height, 256):
        for x in range(0, width, 256):
            part = (slice(y, y + 256), slice(x, x + 256))
            v, ok = values[part].astype('float64'), valid[part]
            if not ok.any():
                continue
            least, most = v[ok].min(), v[ok].max()
            with np.errstate(all='ignore'):
                o = (v - least) * (high - low) / (most - least) + low if most > least else np.full(v.shape, low)
            out[part] = np.where(ok, o if dtype.startswith('float') else np.rint(o), 0)
    return out

def rescaled(alpha, source, target):
    scaled = alpha.astype('float64') * (FULL[target] / FULL[source])
    if target.startswith('float'):
        return scaled.astype(target)
    return np.where(alpha > 0, np.maximum(1, np.rint(scaled)), 0)

def check(case):
    words = case['words']
    option = lambda name, standard: words[words.index(name) + 1] if name in words else standard
    low, high = (float(v) for v in option('--range', '0,4096').split(','))
    faults = []
    # Pixels by GDAL itself: rasterio 1.3 takes the two 64-bit integer types for each other.
    before, after = gdal.Open(case['reference']), gdal.Open(case['output'])
    read = lambda dataset, band: dataset.GetRasterBand(band).ReadAsArray()
    with rasterio.open(case['reference']) as source, rasterio.open(case['output']) as out:
        dtype = str(read(after, 1).dtype)
        if dtype != option('--dtype', 'uint16') or out.count != source.count:
            return [f'{out.count} bands of {dtype}, the input has {source.count}']
        nodata = after.GetRasterBand(1).GetNoDataValue()
        is_valid = lambda dataset, band: dataset.GetRasterBand(band).GetMaskBand().ReadAsArray() > 0
        # GDAL takes alpha bands of bytes and uint16 alone as masks; alpha of floats says the same.
        float_alpha = next((i for i, c in enumerate(source.colorinterp, 1) if c == ColorInterp.alpha and source.dtypes[0].startswith('float')), None)
        seen = lambda band: is_valid(before, band) if float_alpha is None else read(before, float_alpha) > 0
        for band in range(1, source.count + 1):
            values, got = read(before, band), read(after, band)
            if source.colorinterp[band - 1] == ColorInterp.alpha:
                want = rescaled(values, str(values.dtype), dtype)
                if out.colorinterp[band - 1] != ColorInterp.alpha:
                    faults.append(f'band {band} is no alpha band')
            else:
                valid = seen(band) & np.isfinite(values.astype('float64'))
                want = expected(values, valid, low, high, dtype).astype(dtype)
                unlike = int((is_valid(after, band) != valid).sum())
                if (valid.all() or nodata is not None) and unlike > 0:
                    faults.append(f'the mask of band {band} differs in {unlike} pixels')
                want = np.where(valid, want, want if nodata is None else np.array(nodata).astype(dtype))
            differ = ~((got == want) | ((got != got) & (want != want)))
            if differ.any():
                y, x = np.argwhere(differ)[0]
                faults.append(f'band {band}: {int(differ.sum())} pixels, first at {x},{y}: {got[y, x]}, wanted {want[y, x]} of {values[y, x]}')
        finite = np.any([np.isfinite(read(before, b).astype('float64')) for b in source.indexes], axis=0)
        want = (source.dataset_mask() > 0 if float_alpha is None else seen(1)) & finite
        # GDAL makes bytes of alpha for a mask, and so 0 of floats below 1/2.
        by_float_alpha = dtype.startswith('float') and ColorInterp.alpha in out.colorinterp
        if not by_float_alpha and ((out.dataset_mask() > 0) != want).any():
            faults.append('the masks of the datasets differ')
        if case['mask'] and (out.mask_flag_enums[0] != [MaskFlags.per_dataset] or nodata is not None):
            faults.append(f'no mask of its own: {out.mask_flag_enums[0]}, nodata {nodata}')
    return faults

cases = json.load(open(sys.argv[1]))
faults = {}
for case in cases:
    try:
        faults[case['output']] = check(case)
    except Exception as error:
        faults[case['output']] = [repr(error)]
print(json.dumps(faults))
`;
