"""The loop of a worker process, as benchmarks/tasks/task.hpp describes it; the C++ one is benchmarks/tasks/serve.cpp."""

import statistics
import sys
import time

CHECKED_STEPS = 10  # of a training; the check is the loss of the last one

SAMPLE_SECONDS = 0.005  # a sample is as many steps as fill this time
FEWEST_SAMPLES = 3
WARM_UP = 0.2  # of the burst's time


def time_steps(step, wait, seconds):
    def seconds_of(count):
        start = time.perf_counter()
        for _ in range(count):
            result = step()
        wait(result)
        return time.perf_counter() - start

    spent, shortest = 0.0, float("inf")
    while spent < WARM_UP * seconds or spent == 0:
        shortest = min(shortest, seconds_of(1))
        spent += shortest
    group = max(1, int(SAMPLE_SECONDS / max(shortest, 1e-9)))
    samples, total = [], 0.0
    while total < seconds or len(samples) < FEWEST_SAMPLES:
        elapsed = seconds_of(group)
        total += elapsed
        samples.append(elapsed / group)
    count = len(samples) * group
    return statistics.median(samples), min(samples), total / count, count


def answer(line, tasks, wait, prepared):
    command, *words = line.split()
    if command == "prepare":
        name, *arguments = words
        if name not in tasks:
            raise ValueError(f"unknown task '{name}'")
        check, prepared[tuple(words)] = tasks[name](*(int(word) if word.isdigit() else word for word in arguments))
        return f"ready {check:.10g}"
    if command == "run":
        seconds, *words = words
        median, minimum, mean, count = time_steps(prepared[tuple(words)](), wait, float(seconds))
        return f"times {median:.10g} {minimum:.10g} {mean:.10g} {count}"
    if command == "forget":
        prepared.clear()
        return "forgotten"
    raise ValueError(f"unknown command '{command}'")


def serve(hello, tasks, wait=lambda result: None):
    """tasks[name](*arguments) gives (check, start); start() gives the step that is timed, begun anew. wait(result) ends
    when what the last step returned is computed."""
    print("hello", hello, flush=True)
    prepared = {}
    for line in sys.stdin:
        try:
            reply = answer(line, tasks, wait, prepared)
        except Exception as error:
            reply = "error " + " ".join(f"{type(error).__name__}: {error}".split())[:500]
        print(reply, flush=True)
