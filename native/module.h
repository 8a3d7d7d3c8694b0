/* What the parts of the module share. Everything that comes from Python is checked here. */
#ifndef INKREC_MODULE_H
#define INKREC_MODULE_H

#define PY_SSIZE_T_CLEAN
#ifndef Py_LIMITED_API
#define Py_LIMITED_API 0x030b0000
#endif
#include <Python.h>

/* A buffer of one kind of number; `kind` is a format of the struct module. */
typedef struct {
    Py_buffer view;
    int held;
} Buffer;

enum { WRITABLE = 1, ANYWHERE = 2 };

/* Of `dims` dimensions; aligned, unless it may lie anywhere. -1 sets an exception. */
int take(Buffer *b, PyObject *from, const char *name, const char *kinds, int dims, int how);
void leave(Buffer *b);
/* Whether a dimension is as long as it must be; -1 sets an exception. */
int must(const Buffer *b, const char *name, int dim, Py_ssize_t length);
/* Whether values lie one behind the other in the last dimension. */
int dense(const Buffer *b, const char *name);

extern PyType_Spec LSTM_SPEC, TRIE_SPEC;

/* The type Trie of a module, as its state keeps it. */
typedef struct {
    PyObject *trie;
} Types;

PyObject *core_beam(PyObject *module, PyObject *args);
PyObject *core_path(PyObject *module, PyObject *args);

#endif
