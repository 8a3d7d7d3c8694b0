#include "lstm.h"

#include <stdlib.h>
#include <string.h>

#define LINE 64   /* bytes of a cache line */
#define CHUNK 32 /* steps whose inputs are multiplied at once */

static size_t padded(size_t bytes) { return (bytes + LINE - 1) / LINE * LINE; }

/* One piece of memory at a cache line, to be freed by what *whole says. */
static uint8_t *lined(size_t bytes, void **whole)
{
    uint8_t *memory = malloc(bytes + LINE);
    *whole = memory;
    return memory ? memory + (LINE - (uintptr_t)memory % LINE) % LINE : NULL;
}

static size_t quads_of(size_t rows) { return (rows + QUAD - 1) / QUAD; }

/* No sum of so many products passes 32 bits. */
static float amplitude(size_t rows)
{
    int64_t most = INT32_MAX / (128 * (int64_t)rows);
    return (float)(most < 1 ? 1 : most > 32767 ? 32767 : most);
}

/* Numbers as they lie in a matrix: four rows of a column side by side. */
static void fill(Matrix *m, int8_t *weights, int32_t *sums, size_t rows, size_t columns,
                 Numbers from)
{
    m->weights = weights;
    m->sums = sums;
    for (size_t b = 0; b < m->blocks; b++) {
        size_t first = b * BLOCK, wide = columns - first < BLOCK ? columns - first : BLOCK;
        for (size_t q = 0; q < m->quads; q++, weights += BLOCK * QUAD) {
            size_t deep = rows - q * QUAD < QUAD ? rows - q * QUAD : QUAD;
            if (wide == BLOCK && deep == QUAD && from.column == 1) { /* as they lie in a file */
                const int8_t *a = from.base + first + (ptrdiff_t)(q * QUAD) * from.row;
                const int8_t *c = a + from.row, *d = c + from.row, *e = d + from.row;
                for (size_t j = 0; j < BLOCK; j++) {
                    weights[QUAD * j] = a[j];
                    weights[QUAD * j + 1] = c[j];
                    weights[QUAD * j + 2] = d[j];
                    weights[QUAD * j + 3] = e[j];
                }
                for (size_t j = 0; j < BLOCK; j++)
                    sums[first + j] += a[j] + c[j] + d[j] + e[j];
                continue;
            }
            memset(weights, 0, BLOCK * QUAD);
            for (size_t k = 0; k < deep; k++) {
                const int8_t *at = from.base + (ptrdiff_t)first * from.column +
                                   (ptrdiff_t)(q * QUAD + k) * from.row;
                for (size_t j = 0; j < wide; j++) {
                    int8_t w = at[(ptrdiff_t)j * from.column];
                    weights[QUAD * j + k] = w;
                    sums[first + j] += w;
                }
            }
        }
    }
}

int layer_init(Layer *layer, size_t width, size_t units, Numbers into, const float *into_scale,
               Numbers across, const float *across_scale, const float *bias)
{
    size_t columns = 4 * units, blocks = (columns + BLOCK - 1) / BLOCK;
    size_t vector = padded(blocks * BLOCK * sizeof(float));
    size_t first = quads_of(width) * blocks * BLOCK * QUAD;
    size_t second = quads_of(units) * blocks * BLOCK * QUAD;
    uint8_t *at = lined(first + second + 5 * vector, &layer->memory);
    if (!at)
        return -1;
    int8_t *weights = (int8_t *)at;
    at += first + second;
    memset(at, 0, 5 * vector);
    layer->width = width;
    layer->units = units;
    layer->into.quads = quads_of(width);
    layer->across.quads = quads_of(units);
    layer->into.blocks = layer->across.blocks = blocks;
    layer->into_amplitude = amplitude(width);
    layer->across_amplitude = amplitude(units);
    fill(&layer->into, weights, (int32_t *)at, width, columns, into);
    fill(&layer->across, weights + first, (int32_t *)(at + vector), units, columns, across);
    layer->into_scale = (float *)(at + 2 * vector);
    layer->across_scale = (float *)(at + 3 * vector);
    layer->bias = (float *)(at + 4 * vector);
    memcpy(layer->into_scale, into_scale, columns * sizeof(float));
    memcpy(layer->across_scale, across_scale, columns * sizeof(float));
    memcpy(layer->bias, bias, columns * sizeof(float));
    return 0;
}

void layer_free(Layer *layer)
{
    free(layer->memory);
    layer->memory = NULL;
}

int8_t matrix_at(const Matrix *m, size_t j, size_t k)
{
    size_t quad = (j / BLOCK * m->quads + k / QUAD) * BLOCK + j % BLOCK;
    return m->weights[quad * QUAD + k % QUAD];
}

int layer_run(const Layer *layer, const Kernel *kernel, size_t steps, const float *x,
              ptrdiff_t x_stride, const void *h0, const void *c0, float *out,
              ptrdiff_t out_stride, float *cells, ptrdiff_t cells_stride, int backwards)
{
    const Matrix *into = &layer->into, *across = &layer->across;
    size_t n = layer->units, columns = into->blocks * BLOCK;
    size_t chunk = steps < CHUNK ? steps : CHUNK;
    size_t deep = into->quads > across->quads ? into->quads : across->quads;
    /* numbers, planes of them, sums of a chunk, of a step, gates, a cell, the first h and c */
    size_t numbers = padded(chunk * deep * QUAD * sizeof(int16_t));
    size_t sums = padded(columns * sizeof(int32_t));
    void *whole;
    uint8_t *at = lined(2 * numbers + (chunk + 5) * sums, &whole);
    if (!at)
        return -1;
    int16_t *a = (int16_t *)at;
    uint8_t *scratch = at + numbers;
    int32_t *sx = (int32_t *)(at + 2 * numbers), *sh = (int32_t *)(at + 2 * numbers + chunk * sums);
    float *work = (float *)sh + columns, *cell = work + columns;
    float units[CHUNK], *h = cell + columns, *c = h + columns;
    memcpy(h, h0, n * sizeof(float));
    memcpy(c, c0, n * sizeof(float));

    for (size_t done = 0; done < steps; done += chunk) {
        size_t some = steps - done < chunk ? steps - done : chunk;
        for (size_t i = 0; i < some; i++) {
            size_t t = backwards ? steps - 1 - (done + i) : done + i;
            units[i] = kernel->quantise(x + (ptrdiff_t)t * x_stride, layer->width,
                                        layer->into_amplitude, a + i * into->quads * QUAD);
        }
        kernel->product(into, a, some, sx, scratch);
        for (size_t i = 0; i < some; i++) {
            ptrdiff_t t = (ptrdiff_t)(backwards ? steps - 1 - (done + i) : done + i);
            float unit = kernel->quantise(h, n, layer->across_amplitude, a);
            kernel->product(across, a, 1, sh, scratch);
            float *to = cells ? cells + t * cells_stride : cell;
            kernel->gates(n, sx + i * columns, units[i], layer->into_scale, sh, unit,
                          layer->across_scale, layer->bias, c, to, out + t * out_stride, work);
            h = out + t * out_stride;
            c = to;
        }
    }
    free(whole);
    return 0;
}
