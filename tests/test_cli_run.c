/* springback run, end to end: small cells, which counts make cheap. */
#include "estimators/experiment/experiment.h"
#include "tests/helpers.h"

static char *folder; /* of the test that runs */

static void must_run(const char *command, const char *part)
{
    assert_prints_in(folder, command, part);
}

static void must_refuse(const char *command, int status, const char *part)
{
    assert_refused_in(folder, command, status, part);
}

#define RUN "$SPRINGBACK run --quiet --seeds 2 --pretraining 128 --test 8 "
#define COUNTS "--model counts:order=2,memory=64 "
#define NETWORK "--model llama:width=8,layers=1,heads=1 "
/* Everything but provenance, of which the command line is a part. */
#define SAME(a, b)                                                                                 \
    "grep -v '^#' " a " >left; grep -v '^#' " b " >right; cmp left right && echo same"

static int begin(void **state)
{
    (void)state;
    folder = new_folder();
    return 0;
}

static int end(void **state)
{
    (void)state;
    remove_folder(folder);
    return 0;
}

/* --help lists every experiment. */
static void test_help(void **state)
{
    (void)state;
    for (size_t i = 0; sb_experiments[i]; i++) {
        char part[64];
        snprintf(part, sizeof part, "\n  %s ", sb_experiments[i]->name);
        must_run("$SPRINGBACK run --help", part);
    }
}

/* Any number of threads, and again without running anything. */
static void test_threads(void **state)
{
    (void)state;
    must_run(RUN NETWORK "mitigation --threads 1 --folder one --output one.tsv && " RUN NETWORK
                         "mitigation --threads 2 --folder two --output two.tsv && echo done",
             "done");
    must_run(SAME("one.tsv", "two.tsv"), "same");
    must_run(SAME("one/mitigation.tsv", "two/mitigation.tsv"), "same");
    must_run(
        "sort one/mitigation.rows.tsv >a; sort two/mitigation.rows.tsv >b; cmp a b && echo same",
        "same");
    must_run(
        "cp one/mitigation.rows.tsv before; " RUN NETWORK
        "mitigation --folder one --output again.tsv && cmp before one/mitigation.rows.tsv && " SAME(
            "one.tsv", "again.tsv"),
        "same");
}

/* A ledger that ends anywhere gives the same in the end. */
static void test_stopped_anywhere(void **state)
{
    (void)state;
    must_run(RUN COUNTS "mitigation --folder whole --output whole.tsv && mkdir torn && echo done",
             "done");
    must_run(
        "size=$(wc -c <whole/mitigation.rows.tsv); for i in $(seq 0 23); do head -c $((size * i / 24)) "
        "whole/mitigation.rows.tsv >torn/mitigation.rows.tsv; " RUN COUNTS
        "mitigation --folder torn --output torn.tsv || exit 1; " SAME(
            "whole.tsv",
            "torn.tsv") " || exit 1; " SAME("whole/mitigation.tsv",
                                            "torn/mitigation.tsv") " || exit 1; done | "
                                                                   "sort | uniq -c",
        "48 same");
}

/* Two processes and a merge: the table of the single run. */
static void test_shards(void **state)
{
    (void)state;
    must_run(RUN COUNTS "rebound --folder whole --output whole.tsv && echo done", "done");
    must_run(RUN COUNTS "rebound --folder parts --shard 2/2 && ls parts",
             "rebound.rows.2-of-2.tsv");
    must_refuse(RUN COUNTS "rebound --folder parts --merge", 1, "cells are missing");
    must_run(RUN COUNTS
             "rebound --folder parts --shard 1/2 && " RUN COUNTS
             "rebound --folder parts --merge --output parts.tsv && " SAME("whole.tsv", "parts.tsv"),
             "same");
    must_run(SAME("whole/rebound.tsv", "parts/rebound.tsv"), "same");
    must_run("for i in 5 6; do SLURM_ARRAY_TASK_ID=$i SLURM_ARRAY_TASK_MIN=5 "
             "SLURM_ARRAY_TASK_COUNT=2 " RUN COUNTS
             "rebound --folder slurm || exit 1; done; ls slurm",
             "rebound.rows.1-of-2.tsv\nrebound.rows.2-of-2.tsv");
}

static void test_mpirun(void **state)
{
    (void)state;
    if (system("command -v mpirun >/dev/null")) {
        print_message("mpirun is not installed: skipped\n");
        skip();
    }
    must_run(RUN COUNTS "mitigation --folder whole --output whole.tsv && echo done", "done");
    must_run(
        "export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; mpirun -n 2 " RUN COUNTS
        "mitigation --folder ranks >ranks.log 2>&1 && " RUN COUNTS
        "mitigation --folder ranks --merge --output ranks.tsv && " SAME("whole.tsv", "ranks.tsv"),
        "same");
    must_run("ls ranks/*rows*",
             "ranks/mitigation.rows.1-of-2.tsv\nranks/mitigation.rows.2-of-2.tsv\n");
}

static void write_texts(void)
{
    must_run("for i in $(seq 1 40); do echo the sky is wide and number $i is up; done >p.txt;"
             "for i in $(seq 1 40); do echo good $i good; done >a.txt;"
             "for i in $(seq 1 40); do echo bad $i bad; done >t.txt; echo done",
             "done");
}

#define FILES "--split line --pretrain p.txt --align a.txt --perturb t.txt --context 48 "

/* The user's own two datasets, under words and under a network; parts that are not there are left out. */
static void test_files(void **state)
{
    (void)state;
    write_texts();
    must_run(RUN COUNTS FILES "reverse mitigation --folder files --tsv", "mitigation\treplay");
    must_run("cut -f2 files/mitigation.tsv | grep -c neutral || true", "0\n");
    must_run(RUN NETWORK FILES "reverse --folder network --tsv", "reverse\topposed");
}

/* Of several experiments those that the model can do: counts have no sizes, no DPO and no line between
 * them. */
static void test_left_out(void **state)
{
    (void)state;
    must_run(
        "$SPRINGBACK run --seeds 2 --pretraining 64 --test 8 --model counts size path objective "
        "mitigation --folder left 2>messages && grep -c 'is left out' messages",
        "3\n");
    must_refuse(RUN "--model counts size --folder alone", 1, "counts have no sizes");
    must_run("tail -n +2 left/verdicts.tsv | grep -v '^#' | cut -f1 | sort -u", "mitigation");
}

/* Checkpoints trained by train, scored as a grid. */
static void test_grid(void **state)
{
    (void)state;
    write_texts();
    must_run(
        "T='$SPRINGBACK train --quiet --split line --lr 3e-3'; "
        "for s in 1 2; do eval $T --new llama:width=8,layers=1,heads=1,context=48 --data p.txt "
        "--seed $s --out b$s; eval $T --init b$s --data a.txt --out a$s; eval $T --init a$s "
        "--data t.txt --out i$s; eval $T --init b$s --data t.txt --out t$s; done >log; ls -d ??",
        "t2");
    must_run(
        "printf 'path\\taligned\\tinverse\\tseed\\n' >grid.tsv; for s in 1 2; do printf "
        "'./b%s\\t0\\t0\\t%s\\n./a%s\\t40\\t0\\t%s\\n./i%s\\t40\\t40\\t%s\\n./t%s\\t0\\t40\\t%s\\n' $s "
        "$s $s $s $s $s $s $s; done >>grid.tsv; wc -l <grid.tsv",
        "9");
    must_run("$SPRINGBACK run rebound --checkpoints grid.tsv --split line --align a.txt --perturb "
             "t.txt --folder grid --tsv",
             "in the first 40 inverse documents, from 40 aligned less from base");
    /* the margin is the difference of what rate says: (t - a) under a1, less the same under b1 */
    must_run(
        "for m in b1 b2 a1 a2; do for d in a.txt t.txt; do $SPRINGBACK rate --model ./$m --split "
        "line $d --rows $m.$d.rows >/dev/null; done; done; "
        "bits() { awk -F'\\t' '/^#/{next} !c{for(i=1;i<=NF;i++) if($i==\"bits\") c=i; next} {s+=$c} "
        "END{printf \"%.9f\\n\", s/40}' $1.rows; }; "
        "printf '%.4f\\n' $(echo \"($(bits a1.t.txt)-$(bits a1.a.txt)-$(bits b1.t.txt)+$(bits "
        "b1.a.txt)+$(bits a2.t.txt)-$(bits a2.a.txt)-$(bits b2.t.txt)+$(bits b2.a.txt))/2\" | awk "
        "'{gsub(/--/,\"+\"); print}' | xargs -I{} awk 'BEGIN{print {}}') >left; "
        "awk -F'\\t' '$2==\"opposed\" && $4==0 && $5==\"margin_bits\" {printf \"%.4f\\n\", $6}' "
        "grid/rebound.tsv >right; cmp left right && echo same",
        "same");
    must_refuse("$SPRINGBACK run rebound --checkpoints grid.tsv", 2, "--align FILE");
    must_refuse("$SPRINGBACK run kl --checkpoints grid.tsv --align a.txt --perturb t.txt", 2,
                "rebound alone");
    must_run("grep -v b2 grid.tsv >unbased.tsv; echo done", "done");
    must_refuse("$SPRINGBACK run rebound --checkpoints unbased.tsv --align a.txt --perturb t.txt",
                1, "no base");
    must_run(
        "cut -f1-3 grid.tsv >narrow.tsv; (cat grid.tsv; tail -1 grid.tsv) >twice.tsv; echo done",
        "done");
    must_refuse("$SPRINGBACK run rebound --checkpoints narrow.tsv --align a.txt --perturb t.txt", 1,
                "no column \"seed\"");
    must_refuse("$SPRINGBACK run rebound --checkpoints twice.tsv --align a.txt --perturb t.txt", 1,
                "rows 8 and 9");
}

static void test_refusals(void **state)
{
    (void)state;
    write_texts();
    must_refuse(RUN "nothing", 2, "no experiment \"nothing\"");
    must_refuse(RUN, 2, "name an experiment");
    must_refuse(RUN "kl --shard 3/2", 2, "--shard \"3/2\"");
    must_refuse(RUN "kl --profile slow", 2, "quick or full");
    must_refuse(RUN "kl --folder no/such", 1, "no/such");
    must_refuse(RUN "kl --language overlap=1", 1, "nothing to measure");
    must_refuse(RUN "kl --folder v --model counts:order=9", 1, "order");
    must_refuse(RUN "kl --folder u --model llama:width=7", 1, "kl");
    must_refuse(RUN "kl --folder y --pretrain p.txt --align a.txt", 1, "no perturbation data");
    must_refuse(RUN "kl --folder z --split line --pretrain p.txt --align a.txt --perturb a.txt", 1,
                "nothing to measure");
    must_run("cp a.txt b.txt; head -3 t.txt >few.txt; echo done", "done");
    must_refuse(RUN "kl --split line --pretrain p.txt --align a.txt --perturb b.txt", 1,
                "the same bytes");
    must_refuse(RUN COUNTS
                "kl --folder f --split line --pretrain p.txt --align a.txt --perturb few.txt",
                1, "few.txt: 3 documents");
    must_refuse(RUN "kl --pretrain none.txt --align a.txt --perturb t.txt", 1, "none.txt");
    /* a ledger of other options is not gone on with */
    must_run(RUN COUNTS "kl --folder x && echo done", "done");
    must_refuse(RUN COUNTS "kl --folder x --language overlap=0.5", 1, "x/kl.rows.tsv: belongs to");
}

/* No room for the ledger: said, and what was written before is gone on with. */
static void test_full_disk(void **state)
{
    (void)state;
    must_run(
        "bash -c \"trap '' XFSZ; ulimit -f 20; GCOV_PREFIX=/tmp/springback-profiles " RUN COUNTS
        "mitigation --folder small\" >log 2>&1; tail -1 log",
        "small/mitigation");
    must_run(RUN COUNTS
             "mitigation --folder small --output small.tsv && " RUN COUNTS
             "mitigation --folder whole --output whole.tsv && " SAME("whole.tsv", "small.tsv"),
             "same");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_help, begin, end),
        cmocka_unit_test_setup_teardown(test_threads, begin, end),
        cmocka_unit_test_setup_teardown(test_stopped_anywhere, begin, end),
        cmocka_unit_test_setup_teardown(test_shards, begin, end),
        cmocka_unit_test_setup_teardown(test_mpirun, begin, end),
        cmocka_unit_test_setup_teardown(test_files, begin, end),
        cmocka_unit_test_setup_teardown(test_left_out, begin, end),
        cmocka_unit_test_setup_teardown(test_grid, begin, end),
        cmocka_unit_test_setup_teardown(test_refusals, begin, end),
        cmocka_unit_test_setup_teardown(test_full_disk, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
