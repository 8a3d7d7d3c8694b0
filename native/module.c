/* The module inkrec._core: what NumPy does elsewhere, in C. Policy stays in Python. */
#include "module.h"

#include <string.h>

#include "kernels.h"

int take(Buffer *b, PyObject *from, const char *name, const char *kinds, int dims, int how)
{
    int flags = PyBUF_STRIDES | PyBUF_FORMAT | (how & WRITABLE ? PyBUF_WRITABLE : 0);
    b->held = 0;
    if (PyObject_GetBuffer(from, &b->view, flags) < 0)
        return -1;
    b->held = 1;
    const char *format = b->view.format ? b->view.format : "B";
    if (*format == '<' || *format == '=' || *format == '@')
        format++;
    if (strlen(format) != 1 || !strchr(kinds, *format)) {
        PyErr_Format(PyExc_TypeError, "%s holds numbers of the kind '%s', not '%s'", name, format,
                     kinds);
        return -1;
    }
    if (b->view.ndim != dims) {
        PyErr_Format(PyExc_ValueError, "%s has %d dimensions, not %d", name, b->view.ndim, dims);
        return -1;
    }
    int odd = !(how & ANYWHERE) && (uintptr_t)b->view.buf % (uintptr_t)b->view.itemsize;
    for (int i = 0; i < dims; i++)
        odd = odd || b->view.strides[i] % b->view.itemsize;
    if (odd)
        PyErr_Format(PyExc_ValueError, "%s does not lie at whole numbers", name);
    return odd ? -1 : 0;
}

void leave(Buffer *b)
{
    if (b->held)
        PyBuffer_Release(&b->view);
    b->held = 0;
}

int must(const Buffer *b, const char *name, int dim, Py_ssize_t length)
{
    if (b->view.shape[dim] == length)
        return 0;
    PyErr_Format(PyExc_ValueError, "%s is %zd long in dimension %d, not %zd", name,
                 b->view.shape[dim], dim, length);
    return -1;
}

int dense(const Buffer *b, const char *name)
{
    int last = b->view.ndim - 1;
    if (b->view.strides[last] == b->view.itemsize || b->view.shape[last] < 2)
        return 0;
    PyErr_Format(PyExc_ValueError, "%s does not lie without gaps", name);
    return -1;
}

static PyObject *kernels(PyObject *module, PyObject *none)
{
    (void)module, (void)none;
    PyObject *names = PyList_New(0);
    for (size_t i = 0; names && i < KERNEL_COUNT; i++) {
        if (!KERNELS[i]->present())
            continue;
        PyObject *name = PyUnicode_FromString(KERNELS[i]->name);
        if (!name || PyList_Append(names, name) < 0)
            Py_CLEAR(names);
        Py_XDECREF(name);
    }
    return names;
}

static PyMethodDef METHODS[] = {
    {"kernels", kernels, METH_NOARGS, "Names of the kernels that run on this machine, best first."},
    {"beam", core_beam, METH_VARARGS,
     "beam(settings, probs, frame, log_scale, prefixes, trie, index, unknown, every)\n\n"
     "Take frames into a CTC prefix beam."},
    {"path", core_path, METH_VARARGS,
     "path(settings, state, samples, timed)\n\nPen samples to feature points."},
    {NULL, NULL, 0, NULL},
};

static PyObject *add_type(PyObject *module, PyType_Spec *spec, const char *name)
{
    PyObject *type = PyType_FromModuleAndSpec(module, spec, NULL);
    if (type && PyModule_AddObjectRef(module, name, type) < 0)
        Py_CLEAR(type);
    return type;
}

static int fill_module(PyObject *module)
{
    Types *types = PyModule_GetState(module);
    PyObject *lstm = add_type(module, &LSTM_SPEC, "Lstm");
    Py_XDECREF(lstm);
    types->trie = lstm ? add_type(module, &TRIE_SPEC, "Trie") : NULL;
    return types->trie ? 0 : -1;
}

static int traverse(PyObject *module, visitproc visit, void *arg)
{
    Types *types = PyModule_GetState(module);
    if (types)
        Py_VISIT(types->trie);
    return 0;
}

static int clear(PyObject *module)
{
    Types *types = PyModule_GetState(module);
    if (types)
        Py_CLEAR(types->trie);
    return 0;
}

static PyModuleDef_Slot SLOTS[] = {{Py_mod_exec, fill_module}, {0, NULL}};

static PyModuleDef MODULE = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "inkrec._core",
    .m_doc = "Compiled parts of inkrec, beside the functions in NumPy that do the same.",
    .m_size = sizeof(Types),
    .m_methods = METHODS,
    .m_traverse = traverse,
    .m_clear = clear,
    .m_slots = SLOTS,
};

PyMODINIT_FUNC PyInit__core(void) { return PyModuleDef_Init(&MODULE); }
