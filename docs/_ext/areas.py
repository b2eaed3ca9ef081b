"""What stands in the reference: its pages, the headers and names that each shows, and what none does."""

OPS, CORE, WAYS = "autodiff/ops/", "autodiff/core/", "autodiff/transforms/"
# (page, title, {header: the names that are shown, None for all}).
AUTODIFF = [
    ("variables", "Variables", {CORE + "var.hpp": {"Var"}, CORE + "print.hpp": None}),
    (
        "tapes",
        "Tapes",
        {
            CORE + "tape.hpp": {"Tape", "TapeOptions", "GradientOptions", "RecordedGradientOptions", "to_dot"},
            CORE + "inspect.hpp": {"TapeSummary"},
        },
    ),
    ("transforms", "Derivatives of functions", {WAYS + "grad.hpp": None, WAYS + "jacobian.hpp": None, WAYS + "structure.hpp": None, WAYS + "ravel.hpp": None}),
    ("rules", "Derivatives of one's own, and of solutions of equations", {WAYS + "custom.hpp": None, WAYS + "implicit.hpp": None}),
    ("batches", "Batches of examples", {WAYS + "vmap.hpp": None}),
    (
        "numbers",
        "Code on single numbers",
        {WAYS + "vectorize.hpp": None, OPS + "c_names.hpp": None, CORE + "active.hpp": {"Active"}},
    ),
    ("sparse", "Sparse Jacobians and Hessians", {WAYS + "sparse.hpp": None, WAYS + "sparsity.hpp": None}),
    ("loops", "Loops and differential equations", {WAYS + "scan.hpp": None, WAYS + "odeint.hpp": None}),
    ("checkpoints", "Checkpoints", {WAYS + "checkpoint.hpp": None}),
    ("check_gradient", "Checking derivatives", {WAYS + "check_gradient.hpp": None}),
    ("arithmetic", "Arithmetic", {OPS + name + ".hpp": None for name in ("arithmetic", "root", "rounding")}),
    (
        "exponential",
        "Exponential and trigonometric functions",
        {OPS + name + ".hpp": None for name in ("exponential", "trigonometric", "hyperbolic")},
    ),
    ("activations", "Activations", {OPS + "activation.hpp": None}),
    ("special", "Special functions", {OPS + "special.hpp": None}),
    ("comparison", "Comparing and choosing", {OPS + "comparison.hpp": None}),
    ("reductions", "Reductions", {OPS + "reduce.hpp": None, CORE + "axes.hpp": {"Axes"}}),
    ("statistics", "Masked, weighted and counting reductions", {OPS + "statistics.hpp": None}),
    ("scans", "Scans and neighbours", {OPS + "scan.hpp": None}),
    ("order", "Order", {OPS + "order.hpp": None}),
    ("products", "Products", {OPS + "products.hpp": None, OPS + "contractions.hpp": None}),
    ("linalg", "Linear algebra", {OPS + "linalg.hpp": None}),
    (
        "convolutions",
        "Convolutions and pooling",
        {OPS + "convolution.hpp": None, OPS + "pooling.hpp": None, CORE + "per_dimension.hpp": None},
    ),
    ("fourier", "Fourier transforms", {OPS + "fourier.hpp": None}),
    ("shapes", "Shapes", {OPS + "shape.hpp": None}),
    ("picking", "Picking and putting together", {OPS + "index.hpp": None, CORE + "indices.hpp": None}),
    ("rearranging", "Turning, repeating and surrounding", {OPS + "rearrange.hpp": None}),
    ("updates", "Updates without a change", {OPS + "update.hpp": None}),
    ("map", "Fused functions", {OPS + "map.hpp": None, OPS + "map_sum.hpp": None}),
    ("own_operations", "Operations of your own", {CORE + "operation.hpp": None, CORE + "apply.hpp": None}),
    ("arrays", "Arrays", {"autodiff/array.hpp": None, "autodiff/sequence.hpp": {"Sequence", "array_of"}}),
    ("random", "Random numbers", {"autodiff/random.hpp": None}),
    ("errors", "Errors", {"autodiff/errors.hpp": None}),
    (
        "operands",
        "What operands may be",
        {
            CORE + "var.hpp": {"ArrayLike"},
            CORE
            + "dispatch.hpp": {
                "Variable",
                "Number",
                "Arithmetic",
                "Operand",
                "Operands",
                "ArrayOperands",
                "ArrayOperand",
                "common_var",
                "as_number",
            },
        },
    ),
]
NN = [
    ("modules", "Modules and parameters", {"nn/module.hpp": None, "nn/parameter.hpp": None}),
    ("initialisers", "What weights start as", {"nn/init.hpp": None}),
    (
        "layers",
        "Layers",
        {
            "nn/layers/" + name + ".hpp": None
            for name in (
                "linear mlp sequential activations flatten dropout embedding layer_norm group_norm batch_norm "
                "convolution pooling recurrent rnn gru lstm attention transformer layer"
            ).split()
        },
    ),
    (
        "distributions",
        "Distributions",
        {
            "nn/distributions/" + name + ".hpp": None
            for name in (
                "event_dims factorized normal bernoulli laplace cauchy uniform exponential log_normal gamma inverse_gamma beta student_t"
                " poisson binomial negative_binomial continuous_bernoulli von_mises categorical dirichlet multivariate_normal mixture relaxed flows transformed kl likelihood"
            ).split()
        },
    ),
    ("losses", "Losses", {"nn/losses.hpp": None}),
    (
        "optimizers",
        "Optimizers",
        {
            "nn/optim/" + name + ".hpp": None
            for name in ("optimizer", "sgd", "adam", "adamw", "rmsprop", "adagrad", "lion")
        },
    ),
    (
        "training",
        "Training",
        {"nn/training/" + name + ".hpp": None
         for name in ("trainer", "finite_step", "batches", "early_stopping", "training_log", "interrupt")}
        | {"nn/optim/" + name + ".hpp": None for name in ("schedules", "gradients", "ema")},
    ),
    ("minimization", "Minimization", {"nn/optim/minimize.hpp": None}),
    (
        "data",
        "Data",
        {
            "nn/data/" + name + ".hpp": None
            for name in ("data_loader", "dataset", "split", "image_set", "image_folder", "transforms")
        },
    ),
    (
        "inference",
        "Evidence, and the use of codes",
        {"nn/inference/importance.hpp": None, "nn/inference/latent_use.hpp": None},
    ),
    (
        "classical",
        "Linear models with closed forms",
        {
            "nn/classical/" + name + ".hpp": None
            for name in ("moments", "pca", "linear_gaussian", "linear_vae", "linear_denoising")
        },
    ),
    (
        "files",
        "Files",
        {
            "nn/files/safetensors.hpp": None,
            "nn/files/checkpoint.hpp": None,
            "nn/files/tensor_file.hpp": None,
            "nn/files/idx.hpp": None,
            "nn/files/any_array.hpp": None,
            "nn/files/npy.hpp": None,
            "nn/files/npz.hpp": None,
            "nn/files/csv.hpp": None,
            "nn/files/image_file.hpp": None,
        },
    ),
]
# Of the library's own, though a header shows them.
INTERNAL = {
    "Truth",
    "BranchingOperands",
    "place_on",
    "v",
    "Roster",
    "xtape::Reduction",
    "PlainBool",
    "ElementOf",
    "element_of",
    "gradients_of",
    "parameter_gradients",
    "philox4x32",
    "Extent",
    "Extents",
    "operator&",
    "operator|",
    "PrintedExpression",
    "kMostSteps",
    "slots_for",
    "kTooMany",
    "key",
    "next_key",
    "roster",
    "set_roster",
    "Moved",
    "add_own",
    "value_type",
    "copy_state_and_modes",
    "convolved",
    "record",
    "shared",
    "node",
    "generation",
    "constant",
    "AnyLevel",
    "level",
    "of_example",
    "of_all",
    "reshaped",
    "iterator_concept",
    "difference_type",
    "ExpectedTensor",
    "Element",
    "Text",
}
PLAIN = {"autodiff/ops/all.hpp", "autodiff/version.hpp", "autodiff/autodiff.hpp"}  # hold nothing to be shown
