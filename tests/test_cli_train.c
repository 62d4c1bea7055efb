/* springback train and sample, end to end. */
#include "tests/folder.h"

static void must_print(const char *command, const char *part)
{
    assert_prints_in(folder, command, part);
}

static void must_refuse(const char *command, int status, const char *part)
{
    assert_refused_in(folder, command, status, part);
}

#define TRAIN "$SPRINGBACK train --quiet "
#define TINY "--new llama:width=16,layers=1,heads=2,context=20 "

static int begin(void **state)
{
    (void)state;
    folder = new_folder();
    must_print(
        "for i in 1 2 3 4 5 6 7; do echo line $i of text; done >a.txt;"
        "for i in 1 2 3; do echo '{\"prompt\":\"p '$i'\",\"completion\":\"c '$i'\",\"chosen\":\"yes '"
        "$i'\",\"rejected\":\"no '$i'\"}'; done >p.jsonl;"
        "echo '{\"ids\":[1,2,3,4],\"loss_mask\":[0,1,1]}' >ids.jsonl; echo done",
        "done");
    return 0;
}

/* Every vocabulary, form and objective; what is written can be read, sampled from and gone on with. */
static void test_forms(void **state)
{
    (void)state;
    must_print(TRAIN TINY
               "--data a.txt --split line --epochs 3 --batch 4 --log log.tsv --out bytes",
               "bytes             7488      6         24");
    must_print("wc -l <log.tsv; head -1 log.tsv", "7\nstep\tloss_nats\trate\tgradient_norm");
    must_print("ls bytes",
               "config.json\nmodel.safetensors\noptimizer.safetensors\ntokenizer.json\n");
    must_print("$SPRINGBACK sample bytes --ids --number 2 --tokens 5 --prompt li",
               "{\"ids\":[256,108,105,");
    must_print(
        "$SPRINGBACK data generate --quiet --documents 20 -o words.jsonl && " TRAIN
        "--new gpt2:width=16,layers=1,heads=2,context=32,vocabulary=words --data words.jsonl "
        "--schedule cosine --warmup 1 --optimizer sgd --momentum 0.9 --lr 0.1 --out words",
        "words");
    must_print("$SPRINGBACK sample words --number 40 >drawn.jsonl && wc -l <drawn.jsonl && " TRAIN
               "--init words --data drawn.jsonl --accumulate 2 --batch 4 --out again",
               "40\n");
    must_print(TRAIN "--init bytes --data p.jsonl --objective sft --out sft", "sft");
    must_print(TRAIN
               "--init sft --data p.jsonl --objective dpo --reference bytes --steps 3 --out dpo",
               "dpo");
    must_print(TRAIN
               "--new qwen2:width=16,layers=1,heads=2,kv_heads=1,vocabulary=5 --data ids.jsonl "
               "--out ids && ls ids",
               "config.json\nmodel.safetensors\noptimizer.safetensors\n");
}

/* Stopped and resumed: the same files; on any number of threads. */
static void test_resume(void **state)
{
    (void)state;
    must_print(
        TRAIN TINY
        "--data a.txt --split line --steps 9 --batch 4 --save-every 4 --log one.tsv --out "
        "one &&" TRAIN TINY
        "--data a.txt --split line --steps 4 --batch 4 --threads 2 --log two.tsv --out two && "
        "printf '5\\t1\\t1\\t1\\n6\\t1' >>two.tsv && " TRAIN
        "--resume two --data a.txt --split line --steps 9 --batch 4 --log two.tsv --threads 1 && "
        "cmp one.tsv two.tsv && "
        "cmp one/model.safetensors two/model.safetensors && "
        "cmp one/optimizer.safetensors two/optimizer.safetensors && echo same",
        "same\n");
    must_refuse(TRAIN "--resume two --data a.txt --split line --steps 9 --batch 5", 1,
                "had other data or other options");
}

static void test_refused(void **state)
{
    (void)state;
    must_print(TRAIN TINY
               "--data a.txt --split line --steps 2 --out there && cp -r there before && echo ok",
               "ok");
    static const struct {
        const char *command;
        int status;
        const char *part;
    } wrong[] = {
        { "--data a.txt --out x", 2, "one of --init FOLDER, --new MODEL and --resume" },
        { TINY "--data a.txt", 2, "--out FOLDER" },
        { TINY "--out x", 2, "--data FILE" },
        { TINY "--data a.txt --out x --objective ppo", 2, "expected next, sft or dpo" },
        { TINY "--data a.txt --out x --betas 0.9", 2, "expected two numbers" },
        { TINY "--data a.txt --out x --betas 0.9,1", 1, "0 <= beta < 1" },
        { TINY "--data a.txt --out x --batch 0", 1, "at least 1" },
        { TINY "--data missing.txt --out x", 1, "missing.txt" },
        { TINY "--data a.txt --out no/where", 1, "no/where: cannot be made" },
        { TINY "--data a.txt --split line --out there", 1, "there: holds a checkpoint already" },
        { TINY "--data ids.jsonl --out x --limit 1 --steps 1 --lr 1e30 --clip 0 --epochs 2", 2,
          "exclude" },
        { TINY "--data ids.jsonl --out x --steps 9 --lr 1e30 --clip 0 --optimizer sgd", 1,
          "is not a number" },
        { "--new mamba:width=8 --data a.txt --out x", 1, "llama, qwen2 and gpt2 are implemented" },
        { "--new llama:depth=8 --data a.txt --out x", 1, "no key \"depth\"" },
        { "--new llama:width=10,heads=4 --data a.txt --out x", 1, "does not divide into 4 heads" },
        { "--new llama:vocabulary=5 --data a.txt --out x", 1, "no tokenizer.json" },
        { "--new llama:vocabulary=4 --data ids.jsonl --out x", 1, "ids.jsonl line 1: \"ids\"[3]" },
        { "--init there --data p.jsonl --columns text --out x", 1, "p.jsonl" },
        { "--init there --data a.txt --split line --objective dpo --out x", 1,
          "a.txt: holds text" },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char command[1024];
        snprintf(command, sizeof command, TRAIN "%s", wrong[i].command);
        must_refuse(command, wrong[i].status, wrong[i].part);
    }
    must_print("test ! -e x && echo none && ls -A | grep -c '^[.]' || true", "none\n0\n");
    must_refuse("$SPRINGBACK sample there --tokens 100", 1, "the model's context is 20");
    must_refuse("$SPRINGBACK sample nowhere", 1, "nowhere");
}

/* A rate of 0 changes nothing; a batch may be larger than the data; what is longer than the context is cut. */
static void test_edges(void **state)
{
    (void)state;
    must_print(TRAIN TINY
               "--data a.txt --split line --steps 1 --out start && " TRAIN
               "--init start --data a.txt --split line --steps 3 --lr 0 --out still && cmp "
               "start/model.safetensors still/model.safetensors && echo same",
               "same");
    must_print(TRAIN "--init start --data a.txt --split line --steps 2 --batch 64 --out large",
               "large             7488      2        128");
    must_print("$SPRINGBACK train " TINY "--data a.txt --steps 1 --out cut 2>&1",
               "1 documents are longer than the context and were cut");
    must_print(
        "$SPRINGBACK train --quiet --new llama:width=8,layers=1,heads=2,context=20 --data a.txt "
        "--split line --steps 1 --out other && cp other/optimizer.safetensors "
        "start/optimizer.safetensors && echo done",
        "done");
    must_refuse(TRAIN "--resume start --data a.txt --split line --steps 2", 1,
                "start/optimizer.safetensors");
}

/* A full disk (here: a limit on files) while a checkpoint is written: the one before it stays. */
static void test_full_disk(void **state)
{
    (void)state;
    must_print(TRAIN TINY
               "--data a.txt --split line --steps 2 --out full && cp -r full kept && echo ok",
               "ok");
    must_refuse("(ulimit -f 20; trap '' XFSZ; GCOV_PREFIX=/tmp/springback-profiles " TRAIN
                "--resume full --data a.txt --split line --steps 5)",
                1, "model.safetensors: ");
    must_print("diff -r full kept && echo same && ls -A full | wc -l", "same\n4\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),     cmocka_unit_test(test_resume),
        cmocka_unit_test(test_refused),   cmocka_unit_test(test_edges),
        cmocka_unit_test(test_full_disk),
    };
    return cmocka_run_group_tests(tests, begin, tear_down_folder);
}
