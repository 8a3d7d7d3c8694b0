/* Runs layers of pseudo-random weights with every kernel present and prints a hash of what each
 * says: they must be the same, on every machine. */
#include <stdio.h>
#include <stdlib.h>

#include "lstm.h"

static uint32_t state = 12345;

static uint32_t next(void)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

static float uniform(float reach)
{
    return ((float)(next() >> 8) / 8388608.0f - 1.0f) * reach;
}

static void *room(size_t bytes)
{
    void *p = malloc(bytes);
    if (!p)
        exit(2);
    return p;
}

int main(void)
{
    static const size_t sizes[][3] = {{1, 1, 1}, {3, 5, 2}, {65, 17, 7}, {96, 64, 70}, {600, 12, 5}};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        size_t width = sizes[s][0], units = sizes[s][1], steps = sizes[s][2];
        int8_t *into = room(4 * units * width), *across = room(4 * units * units);
        float *scale = room(4 * units * sizeof(float)), *bias = room(4 * units * sizeof(float));
        float *x = room(steps * width * sizeof(float)), *h = room(units * sizeof(float));
        float *out = room(2 * steps * units * sizeof(float)), *cells = out + steps * units;
        for (size_t i = 0; i < 4 * units * width; i++)
            into[i] = (int8_t)(next() >> 24);
        for (size_t i = 0; i < 4 * units * units; i++)
            across[i] = (int8_t)(next() >> 24);
        for (size_t i = 0; i < 4 * units; i++) {
            scale[i] = (1.5f + uniform(1.0f)) / (float)(64 * (width + units));
            bias[i] = uniform(1.0f);
        }
        for (size_t i = 0; i < steps * width; i++)
            x[i] = uniform(2.0f);
        for (size_t i = 0; i < units; i++)
            h[i] = uniform(1.0f);
        Layer layer;
        Numbers a = {into, (ptrdiff_t)width, 1}, b = {across, (ptrdiff_t)units, 1};
        if (layer_init(&layer, width, units, a, scale, b, scale, bias))
            return 2;
        for (size_t k = 0; k < KERNEL_COUNT; k++) {
            if (!KERNELS[k]->present())
                continue;
            for (int backwards = 0; backwards < 2; backwards++) {
                if (layer_run(&layer, KERNELS[k], steps, x, (ptrdiff_t)width, h, h, out,
                              (ptrdiff_t)units, cells, (ptrdiff_t)units, backwards))
                    return 2;
                uint64_t hash = 14695981039346656037u;
                const uint8_t *bytes = (const uint8_t *)out;
                for (size_t i = 0; i < 2 * steps * units * sizeof(float); i++)
                    hash = (hash ^ bytes[i]) * 1099511628211u;
                printf("%s %zu.%d %016llx\n", KERNELS[k]->name, s, backwards,
                       (unsigned long long)hash);
            }
        }
        layer_free(&layer);
        free(into), free(across), free(scale), free(bias), free(x), free(h), free(out);
    }
    return 0;
}
