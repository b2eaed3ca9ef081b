// compiles
// Each type of the library means one thing with all namespaces open, and calls find their functions.
#include "nn/nn.hpp"

#if __has_include(<xtensor/core/xmath.hpp>)
#include <xtensor/core/xmath.hpp>
#include <xtensor/generators/xrandom.hpp>
#include <xtensor/views/xview.hpp>
#else
#include <xtensor/xmath.hpp>
#include <xtensor/xrandom.hpp>
#include <xtensor/xview.hpp>
#endif

namespace all {
using namespace xt;
using namespace xtape;
using namespace xtape::nn;
}  // namespace all

// A name that two of them have would be ambiguous here.
namespace named {
using all::Adagrad, all::AdagradOptions, all::Adam, all::AdamOptions, all::AdamW, all::AdamWOptions, all::AffineFlow,
    all::AnyArray, all::AttentionMask, all::AttentionOptions, all::AutoregressiveFlow, all::AvgPool1d, all::AvgPool2d,
    all::BatchNorm, all::BatchNorm1d, all::BatchNorm2d, all::BatchNormOptions, all::Bernoulli, all::BernoulliLikelihood,
    all::Beta, all::Bijection, all::Binomial, all::Buffer, all::Categorical, all::Cauchy, all::ClassLossOptions,
    all::Conv1d, all::Conv2d, all::ConvLayerOptions, all::ConvTranspose2d, all::ConvTransposeLayerOptions,
    all::Convolution, all::Counter, all::CouplingFlow, all::CsvOptions, all::CsvTable, all::DataLoader,
    all::DataLoaderOptions, all::DataPart, all::Dataset, all::Dirichlet, all::Dropout, all::EarlyStopping,
    all::EarlyStoppingOptions, all::EarlyStoppingState, all::ElementOf, all::Elu, all::EmOptions, all::EmResult,
    all::Ema, all::EmaOptions, all::Embedding, all::EmbeddingOptions, all::Ending, all::EventDims, all::ExpectedTensor,
    all::Exponential, all::Factorized, all::Fan, all::Fans, all::Flatten, all::FloatingArray, all::Flow, all::Fold,
    all::Gamma, all::GaussianLikelihood, all::Gelu, all::GradientAccumulator, all::GroupNorm, all::GroupNormOptions,
    all::GroupedOptimizer, all::Gru, all::HuberOptions, all::IdxArray, all::IdxLimits, all::ImageFolder,
    all::ImageOptions, all::ImageSet, all::ImportanceSampler, all::IntegralArray, all::InterruptGuard,
    all::InverseGamma, all::KaimingOptions, all::Labels, all::Laplace, all::LatentUse, all::Layer, all::LayerNorm,
    all::LayerNormOptions, all::LeakyRelu, all::LearningRateFunction, all::Likelihood, all::Linear,
    all::LinearDenoising, all::LinearGaussian, all::LinearOptions, all::LinearPosterior, all::LinearVae,
    all::LinearVaeOptions, all::Lion, all::LionOptions, all::LoadOptions, all::LoaderPosition, all::LogEvidence,
    all::LogNormal, all::LossAndGradients, all::LossFunction, all::LossOptions, all::LossReduction, all::LowRankNormal,
    all::Lstm, all::LstmRecurrence, all::MaxPool1d, all::MaxPool2d, all::Metadata, all::MinimizeEnd,
    all::MinimizeMethod, all::MinimizeOptions, all::MinimizeResult, all::Minimum, all::Mixture, all::Mlp, all::Module,
    all::Moments, all::MultiheadAttention, all::MultivariateNormal, all::NamedParameter, all::NamedState,
    all::NegativeBinomial, all::NoiseKind, all::Nonlinearity, all::Normal, all::NotFiniteError, all::NpyLimits,
    all::NpzOptions, all::Objective, all::OneCycleOptions, all::OneHotCategorical, all::Optimizer, all::OptimizerSlot,
    all::OptimizerState, all::Parameter, all::PlanarFlow, all::PlateauOptions, all::PlateauState, all::Poisson,
    all::PosteriorKind, all::PrincipalComponents, all::Recurrence, all::Recurrent, all::RecurrentOptions,
    all::ReduceOnPlateau, all::RelaxedBernoulli, all::RelaxedOneHotCategorical, all::Relu, all::Rename, all::Residual,
    all::RmsProp, all::RmsPropOptions, all::Rnn, all::Roster, all::SafetensorsLimits, all::Schedule,
    all::SeekableBatches, all::Sequential, all::Sgd, all::SgdOptions, all::Sigma, all::Sigmoid, all::Silu, all::Softmax,
    all::Softplus, all::StoredArray, all::StudentT, all::Tanh, all::TensorFile, all::TensorView, all::Trainer,
    all::TrainerOptions, all::TrainingCallback, all::TrainingLog, all::TrainingRecord, all::TrainingResult,
    all::TrainingState, all::Transform, all::Transformed, all::TransformerEncoderLayer, all::TransformerOptions,
    all::Uniform, all::VonMises;
using all::AnyLevel, all::AnyOp, all::AnyVar, all::ArgNums, all::Argument, all::Arithmetic, all::Array, all::ArrayLike,
    all::ArrayOperand, all::ArrayOperands, all::At, all::AvgPoolOptions, all::Axes, all::AxisOrNone, all::Batch,
    all::BatchSize, all::ChainRule, all::CheckpointOptions, all::ConvOptions, all::ConvTransposeOptions,
    all::ConvolutionOps, all::DataError, all::Dual, all::ElementwiseNode, all::ElementwiseOp, all::ElementwiseOps,
    all::Error, all::Expression, all::Extent, all::Extents, all::FourierOps, all::GradientAndAux,
    all::GradientCheckOptions, all::GradientOptions, all::GradientReport, all::Gradients, all::Handle, all::HasAux,
    all::HasMembers, all::HasParameters, all::IndexOps, all::Indexing, all::Indices, all::InterpolateOptions,
    all::Interpolation, all::Keyed, all::KeyedLeaves, all::LaterResult, all::Layout, all::Leaf, all::Level,
    all::LevelScope, all::LinalgOps, all::LinearSolveOptions, all::Linearity, all::Listed, all::LivePlace,
    all::LiveTapes, all::MatrixOperation, all::MaxPoolOptions, all::Meaning, all::Memo, all::MemoScope, all::Node,
    all::NodeCost, all::NodeIndex, all::NotSaved, all::Number, all::NumericError, all::OdeAdjoint, all::OdeMethod,
    all::OdeOptions, all::Operand, all::Operands, all::Operation, all::OptionalAxis, all::OrderOps, all::PadMode,
    all::PadWidth, all::Part, all::PartOf, all::PerDimension, all::PlacedPart, all::PlainBool, all::PoolAllocator,
    all::PoolStatistics, all::PoolingOps, all::ProductOps, all::QuantileMethod, all::Range, all::RearrangeOps,
    all::Record, all::RecordedGradientOptions, all::RecordedGradients, all::ReduceOps, all::Reduction, all::RootOptions,
    all::SavedVisitor, all::ScanOps, all::ScanOptions, all::Sequence, all::Shape, all::ShapeError, all::ShapeOnly,
    all::ShapeOps, all::Shared, all::SharedValue, all::SparseMatrix, all::SparseOptions, all::SparseSweeps,
    all::SparsityPattern, all::Strides, all::StructuralFamilies, all::StructuralNode, all::StructuralOps, all::Sweep,
    all::TakesPart, all::TakesParts, all::Tape, all::TapeError, all::TapeOptions, all::TapeSummary, all::Text,
    all::TopK, all::TriangularOptions, all::TypeList, all::UnfoldOptions, all::Unsaved, all::UpdateOps, all::Value,
    all::ValueAndGradient, all::ValueAndPullback, all::ValueAndPushforward, all::ValueAndTangent,
    all::ValueGradientAndAux, all::Var, all::VarHandle, all::Variable, all::VmapOptions, all::WantedNodes, all::Watch,
    all::Where;
}  // namespace named

using namespace xt;
using namespace xtape;
using namespace xtape::nn;

double minimum_of(const Array<double>& x0) {
  const Minimum<double> m = minimize([](const auto& x) { return x(0) * x(0); }, x0);
  const Array<double> same = minimize([](const auto& x) { return x(0) * x(0); })(x0);
  return m.x(0) - same(0);
}
std::vector<Dataset> halves(const Dataset& data) {
  return split(data, {0.5, 0.5}, 1);
}
Var<float> loss_of(const Module<float>& model, const Linear<float>& layer, const Var<float>& x, const Var<float>& y) {
  const Var<float> kept = cross_entropy(layer(x), Indices{0, 1}, {.reduction = LossReduction::kNone});
  return mse(layer(x), y, {.reduction = LossReduction::kSum}) + float(model.parameter_count()) + xtape::sum(kept);
}
Var<double> divergence(const Var<double>& mu, Random& rng) {
  const Normal q{mu, 0.0}, p{0.0, 0.0};
  return kl(q, p) + kl_monte_carlo(q, p, rng, 2) + q.log_prob(q.sample(rng));
}
ImageSet images() {
  return load_image_set(".", DataPart::kTest);
}
