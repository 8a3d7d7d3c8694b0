/* One LSTM layer on weights of 8 bits. */
#ifndef INKREC_LSTM_H
#define INKREC_LSTM_H

#include "kernels.h"

typedef struct {
    size_t width, units;
    Matrix into, across;
    float into_amplitude, across_amplitude;
    float *into_scale, *across_scale, *bias; /* of each column, padded to whole blocks */
    void *memory;
} Layer;

/* Numbers of a matrix as they lie somewhere: column j's k-th at base + j * column + k * row. */
typedef struct {
    const int8_t *base;
    ptrdiff_t column, row;
} Numbers;

/* Zero, or -1 where memory is short. Gates in the order i, f, g, o; scales and biases of
 * 4 * units columns. */
int layer_init(Layer *layer, size_t width, size_t units, Numbers into, const float *into_scale,
               Numbers across, const float *across_scale, const float *bias);
void layer_free(Layer *layer);

/* The number in row k of column j. */
int8_t matrix_at(const Matrix *m, size_t j, size_t k);

/* Outputs and cells after each of some steps; strides count floats. Backwards where asked, and
 * without cells where they are NULL; h and c may lie anywhere. Zero, or -1 where memory is
 * short. */
int layer_run(const Layer *layer, const Kernel *kernel, size_t steps, const float *x,
              ptrdiff_t x_stride, const void *h, const void *c, float *out,
              ptrdiff_t out_stride, float *cells, ptrdiff_t cells_stride, int backwards);

#endif
