#include "estimators/scaling_models.h"

#include <math.h>
#include <string.h>

static const struct {
    const char *name;
    size_t n_linear, n_parameters;
    const char *parameters[SB_SCALING_MAX_PARAMETERS];
} models[SB_N_SCALING_MODELS] = {
    { "constant", 1, 1, { "level" } },
    { "line", 2, 2, { "offset", "slope" } },
    { "power", 2, 3, { "offset", "scale", "exponent" } },
    { "exponential", 2, 3, { "offset", "scale", "rate" } },
    { "double-exponential",
      3,
      5,
      { "offset", "scale_fast", "scale_slow", "rate_fast", "rate_slow" } },
    { "changepoint", 3, 4, { "value_at_turn", "slope_before", "slope_after", "turn" } },
};

const char *sb_scaling_name(enum sb_scaling_model model)
{
    return models[model].name;
}

enum sb_status sb_scaling_parse(const char *name, enum sb_scaling_model *model)
{
    for (int i = 0; i < SB_N_SCALING_MODELS; i++)
        if (strcmp(name, models[i].name) == 0) {
            *model = (enum sb_scaling_model)i;
            return SB_OK;
        }
    return SB_FORMAT;
}

size_t sb_scaling_n_parameters(enum sb_scaling_model model)
{
    return models[model].n_parameters;
}

size_t sb_scaling_n_linear(enum sb_scaling_model model)
{
    return models[model].n_linear;
}

const char *sb_scaling_parameter_name(enum sb_scaling_model model, size_t parameter)
{
    return models[model].parameters[parameter];
}

int sb_scaling_is_rate(enum sb_scaling_model model, size_t parameter)
{
    return (model == SB_SCALING_EXPONENTIAL || model == SB_SCALING_DOUBLE_EXPONENTIAL) &&
           parameter >= models[model].n_linear;
}

int sb_scaling_is_nested(enum sb_scaling_model small, enum sb_scaling_model large)
{
    switch (large) {
    case SB_SCALING_LINE:
    case SB_SCALING_POWER:
    case SB_SCALING_EXPONENTIAL:
        return small == SB_SCALING_CONSTANT;
    case SB_SCALING_DOUBLE_EXPONENTIAL:
        return small == SB_SCALING_CONSTANT || small == SB_SCALING_EXPONENTIAL;
    case SB_SCALING_CHANGEPOINT:
        return small == SB_SCALING_CONSTANT || small == SB_SCALING_LINE;
    default:
        return 0;
    }
}

void sb_scaling_basis(enum sb_scaling_model model, const double *others, double x,
                      double basis[SB_SCALING_MAX_LINEAR])
{
    basis[0] = 1;
    switch (model) {
    case SB_SCALING_LINE:
        basis[1] = x;
        break;
    case SB_SCALING_POWER:
        basis[1] = pow(x, -others[0]);
        break;
    case SB_SCALING_DOUBLE_EXPONENTIAL:
        basis[2] = exp(-others[1] * x);
        basis[1] = exp(-others[0] * x);
        break;
    case SB_SCALING_EXPONENTIAL:
        basis[1] = exp(-others[0] * x);
        break;
    case SB_SCALING_CHANGEPOINT:
        basis[1] = fmin(x - others[0], 0);
        basis[2] = fmax(x - others[0], 0);
        break;
    default:
        break;
    }
}

void sb_scaling_gradient(enum sb_scaling_model model, const double *parameters, double x,
                         double *gradient)
{
    size_t n_linear = models[model].n_linear;
    const double *others = parameters + n_linear;
    double basis[SB_SCALING_MAX_LINEAR];
    sb_scaling_basis(model, others, x, basis);
    memcpy(gradient, basis, n_linear * sizeof *basis);
    switch (model) {
    case SB_SCALING_POWER:
        gradient[2] = -parameters[1] * log(x) * basis[1];
        break;
    case SB_SCALING_EXPONENTIAL:
        gradient[2] = -parameters[1] * x * basis[1];
        break;
    case SB_SCALING_DOUBLE_EXPONENTIAL:
        gradient[3] = -parameters[1] * x * basis[1];
        gradient[4] = -parameters[2] * x * basis[2];
        break;
    case SB_SCALING_CHANGEPOINT:
        gradient[3] = x < others[0] ? -parameters[1] : -parameters[2];
        break;
    default:
        break;
    }
}

double sb_scaling_value(const struct sb_scaling_fit *fit, double x)
{
    size_t n_linear = models[fit->model].n_linear;
    double others[2] = { 0, 0 }, basis[SB_SCALING_MAX_LINEAR], y = 0;
    for (size_t i = n_linear; i < fit->n_parameters; i++)
        others[i - n_linear] = fit->parameters[i].value;
    sb_scaling_basis(fit->model, others, x, basis);
    for (size_t i = 0; i < n_linear; i++)
        y += fit->parameters[i].value * basis[i];
    return y;
}
