#include "theory/ode.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_odeiv2.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct problem {
    sb_ode_slope *f;
    const void *context;
    size_t n;
};

static int slope_of(double time, const double y[], double slope[], void *parameters)
{
    (void)time;
    const struct problem *problem = parameters;
    problem->f(y, slope, problem->context);
    for (size_t i = 0; i < problem->n; i++)
        if (!isfinite(slope[i]))
            return GSL_EBADFUNC;
    return GSL_SUCCESS;
}

enum sb_status sb_ode_integrate(sb_ode_slope *f, const void *context, size_t n, double time,
                                double tolerance, double *y)
{
    enum { MOST_STEPS = 1000000 };
    if (n == 0 || !(time >= 0 && isfinite(time)) || !(tolerance >= 1e-14 && tolerance < 1))
        return SB_DOMAIN;
    if (time == 0)
        return SB_OK;
    struct problem problem = { f, context, n };
    const gsl_odeiv2_system system = { slope_of, NULL, n, &problem };
    double *moved = malloc(n * sizeof *moved), now = 0;
    gsl_odeiv2_driver *driver = gsl_odeiv2_driver_alloc_y_new(
        &system, gsl_odeiv2_step_rkf45, fmin(time, 1e-3), tolerance, tolerance);
    enum sb_status status = moved && driver ? SB_OK : SB_MEMORY;
    if (status == SB_OK) {
        memcpy(moved, y, n * sizeof *moved);
        gsl_odeiv2_driver_set_nmax(driver, MOST_STEPS);
        if (gsl_odeiv2_driver_apply(driver, &now, time, moved) != GSL_SUCCESS)
            status = SB_NUMERIC;
        else
            memcpy(y, moved, n * sizeof *moved);
    }
    if (driver)
        gsl_odeiv2_driver_free(driver);
    free(moved);
    return status;
}
