/* Plain C, for every machine. */
#include "numeric.h"

static int always(void) { return 1; }

static void product(const Matrix *m, const int16_t *a, size_t rows, int32_t *out,
                    uint8_t *scratch)
{
    (void)scratch;
    size_t width = m->blocks * BLOCK;
    for (size_t b = 0; b < m->blocks; b++)
        for (size_t r = 0; r < rows; r++) {
            const int8_t *w = m->weights + b * m->quads * BLOCK * QUAD;
            const int16_t *q = a + r * m->quads * QUAD;
            int32_t sum[BLOCK] = {0};
            for (size_t k = 0; k < m->quads; k++, w += BLOCK * QUAD, q += QUAD) {
                int32_t q0 = q[0], q1 = q[1], q2 = q[2], q3 = q[3];
                for (size_t j = 0; j < BLOCK; j++)
                    sum[j] += w[4 * j] * q0 + w[4 * j + 1] * q1 + w[4 * j + 2] * q2 +
                              w[4 * j + 3] * q3;
            }
            memcpy(out + r * width + b * BLOCK, sum, sizeof sum);
        }
}

NUMERIC(plain, )

const Kernel PLAIN = {"plain", always, product, quantise_plain, gates_plain};
