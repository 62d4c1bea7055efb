# Odds of the alignment's part against the perturbation's during perturbation: natural gradient by
# its closed form (lines) and integrated (points), and plain descent on the logits (grey).
# columns: source align_time perturb_time log2_odds
# groups: align_time
# height: 0.85
# from: springback theory --pi 1/3,1/3,1/3 --align-time 0.3,1,3,6 --perturb-time 0:2:41 --output sequential.tsv

mine(source, i) = strcol("align_time") eq align_time_groups[i] && strcol("source") eq source ? \
                  column("log2_odds") : NaN
set xlabel "time of perturbation"
set ylabel "alignment : perturbation (".math("\\log_2", "log_2", "log2")." odds)"
set key vertical maxrows 3
every(n) = int(column(0)) % n == 0
# settings
plot for [i=1:|align_time_groups|] table using "perturb_time":(mine("logit", i)) with lines \
         linewidth 0.8 dashtype (3,3) linecolor rgb grey \
         title (i == 1 ? "logit descent" : ""), \
     for [i=1:|align_time_groups|] table using "perturb_time":(mine("closed", i)) with lines \
         linetype i title "aligned for ".align_time_groups[i], \
     for [i=1:|align_time_groups|] table using "perturb_time":(every(3) ? mine("integrated", i) : NaN) with points \
         pointtype 6 pointsize 0.4 linecolor rgb black title (i == 1 ? "integrated" : "")
