/* inkrec._core.path: pen samples to feature points, number by number as
 * inkrec.features.points.feature_points does it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "module.h"

#define CHANNELS 12
#define REACH 1e6
#define LEAP 256.0
#define MOST (1 << 20) /* points of one sample; what makes more holds no numbers */

typedef struct {
    float *rows;
    double *times;
    int64_t *strokes;
    size_t count, room;
} Rows;

static double clamped(double v)
{
    if (v != v)
        return 0.0;
    return v < -REACH ? -REACH : v > REACH ? REACH : v;
}

static double signed_log(double v) { return copysign(0.5 * log1p(fabs(v)), v); }

static int append(Rows *r, double t, int64_t stroke, const double *row)
{
    if (r->count == r->room) {
        size_t room = 2 * r->room + 32;
        float *rows = realloc(r->rows, room * CHANNELS * sizeof(float));
        if (rows)
            r->rows = rows;
        double *times = realloc(r->times, room * sizeof(double));
        if (times)
            r->times = times;
        int64_t *strokes = realloc(r->strokes, room * sizeof(int64_t));
        if (strokes)
            r->strokes = strokes;
        if (!rows || !times || !strokes) {
            PyErr_NoMemory();
            return -1;
        }
        r->room = room;
    }
    float *to = r->rows + r->count * CHANNELS;
    for (int i = 0; i < CHANNELS; i++) {
        double v = row[i] < -6.0 ? -6.0 : row[i];
        to[i] = (float)(v > 6.0 ? 6.0 : v);
    }
    r->times[r->count] = t;
    r->strokes[r->count++] = stroke;
    return 0;
}

/* How far left of the rightmost ink. */
static double behind(double x, double rightmost)
{
    double d = x - rightmost < 0.0 ? x - rightmost : 0.0;
    return (d > -8.0 ? d : -8.0) * 0.25;
}

/* The running mean after one more value. */
static double mean(double m, double v, int64_t seen, int64_t window)
{
    return m + (v - m) / (double)(seen < window ? seen : window);
}

static PyObject *array(const void *from, size_t bytes)
{
    return PyByteArray_FromStringAndSize(from ? from : "", (Py_ssize_t)bytes);
}

PyObject *core_path(PyObject *module, PyObject *args)
{
    (void)module;
    double spacing, pace, per_unit, fx = 0.0, fy = 0.0;
    double qx, qy, qt, qp, ex, ey, et, hx, hy, middle, local, right;
    long long window, near, stroke, seen;
    int down, timed;
    PyObject *first, *samples, *result = NULL;
    if (!PyArg_ParseTuple(args, "(dLLdd)(OLp(dddd)(ddd)(dd)ddLd)Op:path", &spacing, &window, &near,
                          &pace, &per_unit, &first, &stroke, &down, &qx, &qy, &qt, &qp, &ex, &ey,
                          &et, &hx, &hy, &middle, &local, &seen, &right, &samples, &timed))
        return NULL;
    int begun = first != Py_None;
    if (begun && !(PyTuple_Check(first) && PyArg_ParseTuple(first, "dd", &fx, &fy)))
        return PyErr_Occurred() ? NULL
                                : PyErr_Format(PyExc_TypeError, "the first point is no pair");
    if (!PyList_Check(samples) || !(spacing > 0.0) || window < 1 || near < 1 || seen < 0) {
        PyErr_SetString(PyExc_ValueError, "a path is made of a list, with settings that can be");
        return NULL;
    }
    double limit = spacing * spacing;
    Rows rows = {0};
    for (Py_ssize_t i = 0; i < PyList_Size(samples); i++) {
        PyObject *sample = PyList_GetItem(samples, i), *force, *touch;
        double t, raw_x, raw_y, p = 0.0;
        if (!PyTuple_Check(sample)) {
            PyErr_SetString(PyExc_TypeError, "a sample is no tuple");
            goto out;
        }
        Py_INCREF(sample);
        int sound = PyArg_ParseTuple(sample, "dddOO", &t, &raw_x, &raw_y, &force, &touch);
        int touching = sound ? PyObject_IsTrue(touch) : -1;
        if (touching > 0 && force != Py_None)
            p = 2.0 * PyFloat_AsDouble(force) - 1.0;
        Py_DECREF(sample);
        if (touching < 0 || PyErr_Occurred())
            goto out;
        if (!touching) {
            if (down) {
                down = 0;
                double row[CHANNELS] = {(qx - ex) / spacing, (qy - ey) / spacing, 0.0, 1.0,
                                        qy - middle, qy - local, behind(qx, right), 0.0,
                                        0.0, 0.0, 1.0, qp};
                if (append(&rows, qt, stroke, row) < 0)
                    goto out;
                ex = qx, ey = qy, et = qt;
                right = qx > right ? qx : right;
            }
            continue;
        }
        if (!begun) {
            fx = raw_x, fy = raw_y;
            begun = 1;
        }
        double x = clamped((raw_x - fx) * per_unit), y = clamped((raw_y - fy) * per_unit);
        if (!down) {
            stroke++;
            if (seen) {
                double ax = signed_log((x - ex) / (2 * spacing));
                double ay = signed_log((y - ey) / (2 * spacing));
                double places[2][2] = {{(x + ex) / 2, (y + ey) / 2}, {x, y}};
                for (int j = 0; j < 2; j++) {
                    double jx = places[j][0], jy = places[j][1];
                    double row[CHANNELS] = {ax, ay, 0.0, 1.0, jy - middle, jy - local,
                                            behind(jx, right), 0.0, 1.0, 0.0, 0.0, 0.0};
                    if (append(&rows, t, stroke, row) < 0)
                        goto out;
                }
            }
            down = 1;
            seen++;
            middle = mean(middle, y, seen, window);
            local = mean(local, y, seen, near);
            double row[CHANNELS] = {0.0, 0.0, 0.0, 1.0, y - middle, y - local, behind(x, right),
                                    0.0, 0.0, 1.0, 0.0, p};
            if (append(&rows, t, stroke, row) < 0)
                goto out;
            right = seen == 1 || x > right ? x : right;
            ex = qx = x, ey = qy = y, et = qt = t;
            hx = hy = 0.0;
            qp = p;
            continue;
        }
        for (int n = 0;; n++) {
            double dx = x - ex, dy = y - ey, square = dx * dx + dy * dy;
            if (square < limit)
                break;
            if (n == MOST) {
                PyErr_SetString(PyExc_ValueError, "a path that holds no numbers does not end");
                goto out;
            }
            if (square > LEAP * LEAP) {
                double part = 1.0 - 0.5 * LEAP / sqrt(square);
                ex = qx = ex + part * dx, ey = qy = ey + part * dy, et = qt = t;
            }
            /* where the segment from q to (x, y) leaves the circle around the last point */
            double vx = x - qx, vy = y - qy, wx = qx - ex, wy = qy - ey;
            double a = vx * vx + vy * vy, b = vx * wx + vy * wy, c = wx * wx + wy * wy - limit;
            double root = b * b - a * c;
            double u = (sqrt(root > 0.0 ? root : 0.0) - b) / a;
            u = u < 0.0 ? 0.0 : u < 1.0 ? u : 1.0;
            qx = qx + u * vx, qy = qy + u * vy;
            qt = qt + u * (t - qt), qp = qp + u * (p - qp);
            dx = (qx - ex) / spacing, dy = (qy - ey) / spacing;
            double sine = 0.0, cosine = 1.0, rate = 0.0;
            if (hx != 0.0 || hy != 0.0)
                sine = hx * dy - hy * dx, cosine = hx * dx + hy * dy;
            hx = dx, hy = dy;
            if (timed) {
                double gap = qt - et;
                /* the tiny summand keeps an endless gap from being the logarithm of 0 */
                rate = gap > 1e-6 ? log(spacing / gap + 1e-300) - pace : 2.0;
                rate = rate > 2.0 ? 2.0 : rate < -2.0 ? -2.0 : rate;
            }
            seen++;
            middle = mean(middle, qy, seen, window);
            local = mean(local, qy, seen, near);
            double left = behind(qx, right);
            right = qx - right > 0 ? qx : right;
            double row[CHANNELS] = {dx, dy, sine, cosine, qy - middle, qy - local, left, rate,
                                    0.0, 0.0, 0.0, qp};
            if (append(&rows, qt, stroke, row) < 0)
                goto out;
            ex = qx, ey = qy, et = qt;
        }
        qx = x, qy = y, qt = t, qp = p;
    }
    PyObject *origin = begun ? Py_BuildValue("(dd)", fx, fy) : Py_NewRef(Py_None);
    PyObject *features = array(rows.rows, rows.count * CHANNELS * sizeof(float));
    PyObject *times = array(rows.times, rows.count * sizeof(double));
    PyObject *strokes = array(rows.strokes, rows.count * sizeof(int64_t));
    if (origin && features && times && strokes)
        result = Py_BuildValue("(OLO(dddd)(ddd)(dd)ddLd)OOO", origin, stroke,
                               down ? Py_True : Py_False, qx, qy, qt, qp, ex, ey, et, hx, hy,
                               middle, local, seen, right, features, times, strokes);
    Py_XDECREF(origin);
    Py_XDECREF(features);
    Py_XDECREF(times);
    Py_XDECREF(strokes);
out:
    free(rows.rows);
    free(rows.times);
    free(rows.strokes);
    return result;
}
