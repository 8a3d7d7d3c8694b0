/* The type inkrec._core.Trie: a character n-gram model to be walked. */
#include "module_trie.h"

#include <string.h>

static PyObject *make(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    enum { LABELS, PROBS, CHILDREN, RESTS, BYTES, LOGS = BYTES, FALLS, TOP, COUNT };
    static const char *const names[] = {"labels", "probs", "children", "rests",
                                        "logs",   "falls", "top"};
    PyObject *given[COUNT];
    int start, space, symbols, order;
    if (kwargs && PyDict_Size(kwargs)) {
        PyErr_SetString(PyExc_TypeError, "Trie takes no keywords");
        return NULL;
    }
    if (!PyArg_ParseTuple(args, "OOOOOOOiiii:Trie", given, given + 1, given + 2, given + 3,
                          given + 4, given + 5, given + 6, &start, &space, &symbols, &order))
        return NULL;
    allocfunc alloc = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    TrieObject *self = (TrieObject *)alloc(type, 0);
    if (!self)
        return NULL;
    Buffer tables[3];
    memset(tables, 0, sizeof tables);
    int sound = 0;
    for (int i = 0; i < COUNT; i++) {
        Buffer *b = i < BYTES ? self->buffers + i : tables + (i - BYTES);
        if (take(b, given[i], names[i], i < BYTES ? "B" : "d", 1, 0) < 0 ||
            dense(b, names[i]) < 0)
            goto out;
    }
    Trie *t = &self->trie;
    t->labels = self->buffers[LABELS].view.buf;
    t->probs = self->buffers[PROBS].view.buf;
    t->children = self->buffers[CHILDREN].view.buf;
    t->rests = self->buffers[RESTS].view.buf;
    Py_ssize_t nodes = self->buffers[LABELS].view.shape[0];
    Py_ssize_t inner = self->buffers[CHILDREN].view.shape[0];
    if (must(self->buffers + PROBS, "probs", 0, nodes) < 0 ||
        must(tables, "logs", 0, 256) < 0 || must(tables + 1, "falls", 0, 256) < 0 ||
        must(tables + 2, "top", 0, (Py_ssize_t)symbols + 1) < 0)
        goto out;
    if (symbols < 1 || symbols > 254 || order < 1 || order > 64 || nodes > INT32_MAX - 1 ||
        inner > nodes || start != symbols + 1 || start > nodes || space < 0 || space > symbols) {
        PyErr_SetString(PyExc_ValueError, "these arrays are no trie");
        goto out;
    }
    t->nodes = (size_t)nodes;
    t->inner = (size_t)inner;
    t->falling = (size_t)self->buffers[RESTS].view.shape[0];
    t->symbols = (size_t)symbols;
    t->order = (size_t)order;
    t->start = start;
    t->space = space;
    memcpy(t->logs, tables[0].view.buf, sizeof t->logs);
    memcpy(t->falls, tables[1].view.buf, sizeof t->falls);
    memcpy(t->top, tables[2].view.buf, ((size_t)symbols + 1) * sizeof(double));
    if (trie_init(t) < 0) {
        PyErr_NoMemory();
        goto out;
    }
    sound = 1;
out:
    for (int i = 0; i < 3; i++)
        leave(tables + i);
    if (!sound)
        Py_CLEAR(self);
    return (PyObject *)self;
}

static void dealloc(PyObject *object)
{
    TrieObject *self = (TrieObject *)object;
    PyTypeObject *type = Py_TYPE(object);
    trie_free(&self->trie);
    for (int i = 0; i < 4; i++)
        leave(self->buffers + i);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(object);
    Py_DECREF(type);
}

static PyObject *step(PyObject *object, PyObject *args)
{
    const Trie *t = &((TrieObject *)object)->trie;
    int node, symbol;
    double log_p;
    if (!PyArg_ParseTuple(args, "ii:step", &node, &symbol))
        return NULL;
    if (node < 0 || (size_t)node > t->nodes || symbol < 1 || (size_t)symbol > t->symbols) {
        PyErr_Format(PyExc_IndexError, "no symbol %d behind a state %d", symbol, node);
        return NULL;
    }
    int after = trie_walk(t, node, (unsigned)symbol, &log_p);
    return Py_BuildValue("(id)", after, log_p);
}

static PyMethodDef METHODS[] = {
    {"step", step, METH_VARARGS,
     "step(state, symbol)\n\nThe next state and the symbol's log-probability."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot SLOTS[] = {
    {Py_tp_doc, "Trie(labels, probs, children, rests, logs, falls, top, start, space, symbols, "
                "order)\n\nA character n-gram model."},
    {Py_tp_new, make},
    {Py_tp_dealloc, dealloc},
    {Py_tp_methods, METHODS},
    {0, NULL},
};

PyType_Spec TRIE_SPEC = {
    .name = "inkrec._core.Trie",
    .basicsize = sizeof(TrieObject),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = SLOTS,
};
