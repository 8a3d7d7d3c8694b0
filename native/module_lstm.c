/* The type inkrec._core.Lstm. */
#include "module.h"

#include <string.h>

#include "lstm.h"

typedef struct {
    PyObject_HEAD
    Layer layer;
    const Kernel *kernel;
} Object;

static const Kernel *kernel_of(const char *name)
{
    for (size_t i = 0; i < KERNEL_COUNT; i++)
        if (!strcmp(KERNELS[i]->name, name) && KERNELS[i]->present())
            return KERNELS[i];
    PyErr_Format(PyExc_ValueError, "no kernel called '%s' runs on this machine", name);
    return NULL;
}

static Numbers numbers_of(const Buffer *b)
{
    Numbers n = {b->view.buf, b->view.strides[0], b->view.strides[1]};
    return n;
}

static PyObject *make(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    enum { INTO, INTO_SCALE, ACROSS, ACROSS_SCALE, BIAS, COUNT };
    static const char *const names[] = {"into", "into_scale", "across", "across_scale", "bias"};
    PyObject *given[COUNT];
    const char *kernel;
    if (kwargs && PyDict_Size(kwargs)) {
        PyErr_SetString(PyExc_TypeError, "Lstm takes no keywords");
        return NULL;
    }
    if (!PyArg_ParseTuple(args, "OOOOOs:Lstm", given, given + 1, given + 2, given + 3, given + 4,
                          &kernel))
        return NULL;
    const Kernel *chosen = kernel_of(kernel);
    if (!chosen)
        return NULL;
    Buffer b[COUNT];
    memset(b, 0, sizeof b);
    Object *self = NULL;
    for (int i = 0; i < COUNT; i++) {
        int matrix = i == INTO || i == ACROSS;
        if (take(b + i, given[i], names[i], matrix ? "b" : "f", matrix ? 2 : 1, 0) < 0)
            goto out;
        if (!matrix && dense(b + i, names[i]) < 0)
            goto out;
    }
    Py_ssize_t units = b[ACROSS].view.shape[1], width = b[INTO].view.shape[1];
    if (units < 1 || width < 1 || units > 1 << 20 || width > 1 << 20) {
        PyErr_Format(PyExc_ValueError, "a layer of %zd units that reads %zd numbers", units, width);
        goto out;
    }
    for (int i = 0; i < COUNT; i++)
        if (must(b + i, names[i], 0, 4 * units) < 0)
            goto out;
    allocfunc alloc = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    self = (Object *)alloc(type, 0);
    if (!self)
        goto out;
    self->kernel = chosen;
    int failed;
    Layer *layer = &self->layer;
    Numbers into = numbers_of(b + INTO), across = numbers_of(b + ACROSS);
    Py_BEGIN_ALLOW_THREADS
    failed = layer_init(layer, (size_t)width, (size_t)units, into, b[INTO_SCALE].view.buf, across,
                        b[ACROSS_SCALE].view.buf, b[BIAS].view.buf);
    Py_END_ALLOW_THREADS
    if (failed) {
        PyErr_NoMemory();
        Py_CLEAR(self);
    }
out:
    for (int i = 0; i < COUNT; i++)
        leave(b + i);
    return (PyObject *)self;
}

static void dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    layer_free(&((Object *)object)->layer);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(object);
    Py_DECREF(type);
}

static PyObject *run(PyObject *object, PyObject *args)
{
    enum { X, H, C, OUT, CELLS, COUNT };
    static const char *const names[] = {"x", "h", "c", "out", "cells"};
    const Layer *layer = &((Object *)object)->layer;
    const Kernel *kernel = ((Object *)object)->kernel;
    PyObject *given[COUNT];
    int backwards;
    if (!PyArg_ParseTuple(args, "OOOOOp:run", given, given + 1, given + 2, given + 3, given + 4,
                          &backwards))
        return NULL;
    int count = given[CELLS] == Py_None ? CELLS : COUNT;
    Py_ssize_t units = (Py_ssize_t)layer->units, steps;
    PyObject *result = NULL;
    Buffer b[COUNT];
    memset(b, 0, sizeof b);
    for (int i = 0; i < count; i++) {
        int rows = i == X || i >= OUT;
        if (take(b + i, given[i], names[i], "f", rows ? 2 : 1,
                 i >= OUT ? WRITABLE : rows ? 0 : ANYWHERE) < 0 ||
            dense(b + i, names[i]) < 0 ||
            must(b + i, names[i], rows, i == X ? (Py_ssize_t)layer->width : units) < 0)
            goto out;
    }
    steps = b[X].view.shape[0];
    for (int i = OUT; i < count; i++)
        if (must(b + i, names[i], 0, steps) < 0)
            goto out;
    if (steps) {
        Py_ssize_t size = sizeof(float), cells = count > CELLS ? b[CELLS].view.strides[0] : 0;
        int failed;
        Py_BEGIN_ALLOW_THREADS
        failed = layer_run(layer, kernel, (size_t)steps, b[X].view.buf,
                           b[X].view.strides[0] / size, b[H].view.buf, b[C].view.buf,
                           b[OUT].view.buf, b[OUT].view.strides[0] / size,
                           count > CELLS ? b[CELLS].view.buf : NULL, cells / size, backwards);
        Py_END_ALLOW_THREADS
        if (failed) {
            PyErr_NoMemory();
            goto out;
        }
    }
    result = Py_None;
    Py_INCREF(result);
out:
    for (int i = 0; i < count; i++)
        leave(b + i);
    return result;
}

/* The numbers it was made of, into arrays of the same shapes. */
static PyObject *unpack(PyObject *object, PyObject *args)
{
    const Layer *layer = &((Object *)object)->layer;
    PyObject *given[2], *result = NULL;
    if (!PyArg_ParseTuple(args, "OO:unpack", given, given + 1))
        return NULL;
    Buffer b[2];
    memset(b, 0, sizeof b);
    for (int i = 0; i < 2; i++) {
        const char *name = i ? "across" : "into";
        size_t rows = i ? layer->units : layer->width;
        if (take(b + i, given[i], name, "b", 2, WRITABLE) < 0 ||
            must(b + i, name, 0, 4 * (Py_ssize_t)layer->units) < 0 ||
            must(b + i, name, 1, (Py_ssize_t)rows) < 0)
            goto out;
        const Matrix *m = i ? &layer->across : &layer->into;
        Numbers to = numbers_of(b + i);
        for (size_t j = 0; j < 4 * layer->units; j++)
            for (size_t k = 0; k < rows; k++)
                ((int8_t *)to.base)[(ptrdiff_t)j * to.column + (ptrdiff_t)k * to.row] =
                    matrix_at(m, j, k);
    }
    result = Py_None;
    Py_INCREF(result);
out:
    leave(b);
    leave(b + 1);
    return result;
}

static PyMethodDef METHODS[] = {
    {"run", run, METH_VARARGS,
     "run(x, h, c, out, cells, backwards)\n\nOutputs and cells after each row of x."},
    {"unpack", unpack, METH_VARARGS, "unpack(into, across)\n\nThe numbers it was made of."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot SLOTS[] = {
    {Py_tp_doc, "Lstm(into, into_scale, across, across_scale, bias, kernel)\n\n"
                "An LSTM layer of whole numbers of 8 bits."},
    {Py_tp_new, make},
    {Py_tp_dealloc, dealloc},
    {Py_tp_methods, METHODS},
    {0, NULL},
};

PyType_Spec LSTM_SPEC = {
    .name = "inkrec._core.Lstm",
    .basicsize = sizeof(Object),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = SLOTS,
};
