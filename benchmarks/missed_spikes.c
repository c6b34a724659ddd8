/* Training steps of leaky integrate-and-fire neurons between inputs and leaky integrators, whose highest
   voltages compete, with two things as they are in the program of Wunderlich and Pehle (2021), or right.

   Between two arrivals, with u = exp(-t / tau_m), tau_m = 4 tau_s and k = tau_s / (tau_m - tau_s) = 1/3,
     v = a u - b u^4,    a = k S1 - R,    b = k S0,
   S1 and S0 the sums of w exp(t_k / tau_m) and w exp(t_k / tau_s) over the arrivals, R that of
   exp(t_s / tau_m) over the neuron's own spikes, each of which subtracts the threshold 1. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

enum { INPUTS = 784, HIDDEN = 350, OUT = 10, MOST = 1 << 14, BATCH = 5 };

static const double tau_m = 20e-3, tau_s = 5e-3, k = 1.0 / 3.0, dropout = 0.2;

typedef struct {
    double time, u, current, error;
    int neuron;
} spike;

typedef struct {
    double value[OUT], u[OUT], current[OUT], error[OUT]; /* u: 2 where the voltage is never above 0 */
} maxima;

static double fourth(double u)
{
    return u * u * u * u;
}

/* The first u below `start` where a u - b u^4, below 1 at the start, is 1: the function is concave, and
   Newton's steps from the start do not pass the crossing. */
static double crossing(double start, double a, double b)
{
    double u = start;
    int step;
    for (step = 0; step < 100; step++) {
        const double cube = u * u * u;
        const double next = u - (a * u - b * cube * u - 1.0) / (a - 4.0 * b * cube);
        if (!(next < u)) {
            break;
        }
        u = next;
    }
    return u;
}

/* Whether a neuron reaches the threshold between u = `from` (an arrival) and `to` (the next). They look at
   the end, and at the time of the maximum, if that lies in between: with a neuron's own spikes counted
   once, not 1/k times, it is too early, and a crossing shortly before it is lost. */
static int crosses(double from, double to, double before, double s1, double s0, double reset, double after)
{
    const double a = k * s1 - reset, b = k * s0;
    const double cube = (s1 - after * reset) / (4.0 * s0);
    const double top = cube > 0.0 ? cbrt(cube) : 2.0;
    return a * to - b * fourth(to) > 1.0
           || (top <= from && top >= to && top < before && a * top - b * fourth(top) > 1.0);
}

static int earlier(const void *a, const void *b)
{
    const double x = ((const spike *)a)->time, y = ((const spike *)b)->time;
    return (x > y) - (x < y);
}

/* All spikes of the hidden neurons, by time; how many, or -1 if there are too many. */
int hidden_spikes(int n, const double *time, const int *input, const double *weight, double after,
                  spike *spikes)
{
    static double s0[HIDDEN], s1[HIDDEN], reset[HIDDEN], last[HIDDEN];
    int i, first, next, count = 0;
    for (i = 0; i < HIDDEN; i++) {
        s0[i] = s1[i] = reset[i] = 0.0;
        last[i] = 2.0;
    }
    for (first = 0; first < n; first = next) {
        const double from = exp(-time[first] / tau_m), grow = 1.0 / from;
        double to;
        for (next = first; next < n && time[next] == time[first]; next++) {
            const double *row = weight + (size_t)input[next] * HIDDEN;
            for (i = 0; i < HIDDEN; i++) {
                s0[i] += fourth(grow) * row[i];
                s1[i] += grow * row[i];
            }
        }
        to = next < n ? exp(-time[next] / tau_m) : 0.0;
        for (i = 0; i < HIDDEN; i++) {
            if (!(s0[i] * fourth(from) > 1.0)) { /* only a current above the threshold leads over it */
                continue;
            }
            while (crosses(from, to, last[i] < from ? last[i] : from, s1[i], s0[i], reset[i], after)) {
                const double u
                    = crossing(last[i] < from ? last[i] : from, k * s1[i] - reset[i], k * s0[i]);
                if (count == MOST) {
                    return -1;
                }
                spikes[count++] = (spike){ -tau_m * log(u), u, s0[i] * fourth(u), 0.0, i };
                reset[i] += 1.0 / u;
                last[i] = u;
            }
        }
    }
    qsort(spikes, (size_t)count, sizeof *spikes, earlier);
    return count;
}

/* The highest voltages of the integrators, where, and the current just before. */
static void find_maxima(int n, const spike *spikes, const double *weight, maxima *m)
{
    double s0[OUT] = { 0.0 }, s1[OUT] = { 0.0 };
    int j, o;
    for (o = 0; o < OUT; o++) {
        m->value[o] = m->current[o] = 0.0;
        m->u[o] = 2.0;
    }
    for (j = 0; j < n; j++) {
        const double from = spikes[j].u, to = j + 1 < n ? spikes[j + 1].u : 0.0, grow = 1.0 / from;
        for (o = 0; o < OUT; o++) {
            const double w = weight[spikes[j].neuron * OUT + o];
            double u = to, v, cube;
            s0[o] += fourth(grow) * w;
            s1[o] += grow * w;
            v = k * (s1[o] * to - s0[o] * fourth(to));
            cube = s1[o] / (4.0 * s0[o]);
            if (cube > 0.0 && cube <= from * from * from && cube >= to * to * to) {
                const double top = cbrt(cube), peak = k * (s1[o] * top - s0[o] * fourth(top));
                u = peak > v ? top : u;
                v = peak > v ? peak : v;
            }
            if (v > m->value[o]) {
                m->value[o] = v;
                m->u[o] = u;
                m->current[o] = s0[o] * fourth(u);
            }
        }
    }
}

/* The gradient by the integrators' weights, and by the times of the hidden spikes. A maximum at an
   arrival moves with it: by the slope before it, which they leave out. */
static void back_out(int count, spike *spikes, const maxima *m, const double *weight, int moves,
                     double *gradient)
{
    const double kb = tau_m / (tau_m - tau_s);
    int j, o;
    for (j = 0; j < count; j++) {
        const double grow = 1.0 / spikes[j].u;
        spikes[j].error = 0.0;
        for (o = 0; o < OUT; o++) {
            const double scale = m->u[o] > spikes[j].u ? 0.0 : m->error[o] / tau_m;
            const double decay = m->u[o] * grow, lambda_v = -scale * decay;
            const double lambda_i = -kb * scale * (decay - fourth(decay));
            const int at = spikes[j].neuron * OUT + o;
            gradient[at] -= tau_s * lambda_i;
            spikes[j].error += moves && m->u[o] == spikes[j].u
                                   ? m->error[o] * (m->current[o] - m->value[o]) / tau_m
                                   : weight[at] * (lambda_v - lambda_i);
        }
    }
}

/* The gradient by the hidden weights (Wunderlich and Pehle 2021, their equations for lambda). */
static void back_hidden(int n, const double *time, const int *input, int count, const spike *spikes,
                        double *gradient)
{
    static double a[HIDDEN], b[HIDDEN], v[HIDDEN];
    int i, p, j = count - 1;
    for (i = 0; i < HIDDEN; i++) {
        a[i] = b[i] = v[i] = 0.0;
    }
    for (p = n - 1; p >= 0; p--) {
        const double grow = exp(time[p] / tau_m), scale = tau_s * tau_m / (tau_m - tau_s);
        double *row = gradient + (size_t)input[p] * HIDDEN;
        for (; j >= 0 && spikes[j].time > time[p]; j--) {
            const double u = spikes[j].u, lambda_v = v[spikes[j].neuron] / u;
            const double jump = (lambda_v + spikes[j].error) / (spikes[j].current - 1.0);
            a[spikes[j].neuron] += jump * u;
            b[spikes[j].neuron] += jump * fourth(u);
            v[spikes[j].neuron] = (lambda_v + jump) * u;
        }
        for (i = 0; i < HIDDEN; i++) {
            row[i] -= scale * (grow * a[i] - fourth(grow) * b[i]);
        }
    }
}

/* One sample: adds to the gradients, if there are any; gives the number of hidden spikes, or -1. */
int sample(int n, const double *time, const int *input, int label, const double *weight,
           const double *out_weight, double after, int moves, double *gradient, double *out_gradient,
           int *right)
{
    static spike spikes[MOST];
    maxima m;
    double sum = 0.0;
    const int count = hidden_spikes(n, time, input, weight, after, spikes);
    int o;
    if (count < 0) {
        return -1;
    }
    find_maxima(count, spikes, out_weight, &m);
    *right = 1;
    for (o = 0; o < OUT; o++) {
        sum += exp(m.value[o] - m.value[label]);
        *right = *right && m.value[o] <= m.value[label];
    }
    for (o = 0; o < OUT; o++) {
        m.error[o] = exp(m.value[o] - m.value[label]) / sum - (o == label);
    }
    if (gradient != NULL) {
        back_out(count, spikes, &m, out_weight, moves, out_gradient);
        back_hidden(n, time, input, count, spikes, gradient);
    }
    return count;
}

/* A step of Adam, which clears the gradient. */
static void adam(size_t n, double *value, double *gradient, double *m, double *v, double rate, int step)
{
    const double first = 1.0 - pow(0.9, step), second = 1.0 - pow(0.999, step);
    size_t i;
    for (i = 0; i < n; i++) {
        m[i] = 0.9 * m[i] + 0.1 * gradient[i];
        v[i] = 0.999 * v[i] + 0.001 * gradient[i] * gradient[i];
        value[i] -= rate * (m[i] / first) / (sqrt(v[i] / second) + 1e-8);
        gradient[i] = 0.0;
    }
}

/* A number in [0, 1) (xorshift, Marsaglia 2003). */
static double uniform(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (double)(*state >> 11) * 0x1p-53;
}

/* An epoch of batches with input dropout; the steps done, or -1. moment: first, then second ones. */
int epoch(int samples, const int *order, const int64_t *start, const double *time, const int *input,
          const int *label, double *weight, double *out_weight, double *moment, double *out_moment,
          double rate, int step, double after, int moves, uint64_t seed)
{
    static double gradient[INPUTS * HIDDEN], out_gradient[HIDDEN * OUT], kept_time[INPUTS];
    static int kept_input[INPUTS];
    uint64_t state = seed * 0x9E3779B97F4A7C15u + 1;
    int begin, q, right;
    for (begin = 0; begin < samples; begin += BATCH) {
        for (q = begin; q < samples && q < begin + BATCH; q++) {
            int64_t i;
            int n = 0;
            for (i = start[order[q]]; i < start[order[q] + 1]; i++) {
                if (uniform(&state) >= dropout) {
                    kept_time[n] = time[i];
                    kept_input[n++] = input[i];
                }
            }
            if (sample(n, kept_time, kept_input, label[order[q]], weight, out_weight, after, moves, gradient,
                       out_gradient, &right) < 0) {
                return -1;
            }
        }
        step++;
        adam(INPUTS * HIDDEN, weight, gradient, moment, moment + INPUTS * HIDDEN, rate, step);
        adam(HIDDEN * OUT, out_weight, out_gradient, out_moment, out_moment + HIDDEN * OUT, rate, step);
    }
    return step;
}
