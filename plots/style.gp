# The look that all figures share: colours that the colour-blind can tell apart (Okabe and Ito),
# dashes and points that tell them apart in grey, thin axes, no decoration.

set encoding utf8
set datafile separator "\t"
set datafile commentschars "#"
set datafile missing NaN

# Labels of our own use markup. Text from tables may hold _ ^ { }: it is shown(...) noenhanced.
math(tex, markup, characters) = latex ? "$".tex."$" : plain ? characters : markup
tex_character(c) = strstrt('_%#&{}$', c) ? '\'.c : c eq '\' ? '\textbackslash{}' : \
                   c eq '^' ? '\textasciicircum{}' : c eq '~' ? '\textasciitilde{}' : c
tex(s) = strlen(s) ? tex_character(s[1:1]).tex(s[2:*]) : ""
shown(s) = latex ? tex(s) : s

blue = "#0072B2"; vermilion = "#D55E00"; green = "#009E73"; purple = "#CC79A7"
orange = "#E69F00"; sky = "#56B4E9"; black = "#000000"; grey = "#999999"

set linetype 1 linewidth 1.2 dashtype 1         linecolor rgb blue      pointtype 7  pointsize 0.45
set linetype 2 linewidth 1.2 dashtype (9,4)     linecolor rgb vermilion pointtype 5  pointsize 0.45
set linetype 3 linewidth 1.2 dashtype (2,3)     linecolor rgb green     pointtype 9  pointsize 0.55
set linetype 4 linewidth 1.2 dashtype (9,3,2,3) linecolor rgb purple    pointtype 13 pointsize 0.55
set linetype 5 linewidth 1.2 dashtype (5,2)     linecolor rgb orange    pointtype 11 pointsize 0.55
set linetype 6 linewidth 1.2 dashtype (14,4)    linecolor rgb sky       pointtype 6  pointsize 0.45
set linetype 7 linewidth 1.2 dashtype (2,2,6,2) linecolor rgb black     pointtype 4  pointsize 0.45
set linetype 8 linewidth 1.2 dashtype 1         linecolor rgb grey      pointtype 8  pointsize 0.55

set pointintervalbox 0.01
set border 3 linewidth 0.5 linecolor rgb black
set tics nomirror out scale 0.5
# gnuplot's own format leaves a space for a sign, which moves the numbers off their marks.
number_format = latex ? "$%h$" : "%h"
set format number_format
power_format = math("10^{%T}", "10^{%T}", "10^{%T}")
if (!plain) { set minussign }
set grid ytics linetype 1 linewidth 0.35 linecolor rgb "#DDDDDD"
# SVG leaves the font to the reader, and gnuplot guesses its widths: there texts get more room.
set key tmargin left horizontal reverse Left samplen 1.8 width (GPVAL_TERM eq "svg" ? 1 : -0.5)

# Bands are translucent. In the terminal there is no room for them, nor for a grid.
set style fill transparent solid 0.25 noborder
if (plain) { set style fill empty; unset grid }

# Where the name of a panel starts, above its upper left corner.
title_x = plain ? 0.06 : 0

# About three tic marks for low panels.
tic_unit(x) = 10**floor(log10(x))
tic_step(x) = !(x > 0) ? 1 : x/tic_unit(x) < 1.5 ? tic_unit(x) : x/tic_unit(x) < 3.5 ? \
              2*tic_unit(x) : x/tic_unit(x) < 7.5 ? 5*tic_unit(x) : 10*tic_unit(x)
