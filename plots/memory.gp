# What is left of the alignment on quadratic losses: closed form (lines) and integrated (points).
# columns: source align_time perturb_time memory_share
# groups: align_time
# height: 0.85
# from: springback theory --curvatures 10,3,1,0.1 --align-time 0.1,1,10 --perturb-time 0:3:31 --output memory.tsv

mine(source, i) = strcol("align_time") eq align_time_groups[i] && strcol("source") eq source ? \
                  column("memory_share") : NaN
set xlabel "time of perturbation"
set ylabel "memory of the alignment (share of its start)"
set logscale y
set format y power_format
set yrange [:1.2]
every(n) = int(column(0) / 2) % n == 0 # a row of each source for every time
# settings
plot for [i=1:|align_time_groups|] table using "perturb_time":(mine("closed", i)) with lines \
         linetype i title "aligned for ".align_time_groups[i], \
     for [i=1:|align_time_groups|] table using "perturb_time":(every(3) ? mine("integrated", i) : NaN) with points \
         pointtype 6 pointsize 0.4 linecolor rgb black title (i == 1 ? "integrated" : "")
