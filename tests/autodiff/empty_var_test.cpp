// A Var that is empty, or was moved from: whatever is done with it says so.

#include "autodiff/autodiff.hpp"
#include "tests/testing.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace xtape {
namespace {

using Use = std::pair<std::string, std::function<void(const Var<double>&)>>;

const auto twice = [](const auto& v) { return 2.0 * v; };
const auto total = [](const auto& v) { return sum(v * v); };

std::vector<Use> uses() {
  const Var<double> one(1.0);
  return {
      {"value", [](const auto& v) { v.value(); }},
      {"shape", [](const auto& v) { v.shape(); }},
      {"extent", [](const auto& v) { v.shape(0); }},
      {"element", [](const auto& v) { v(0); }},
      {"part", [](const auto& v) { v[0]; }},
      {"conversion", [](const auto& v) { static_cast<void>(static_cast<xt::xarray<double>>(v)); }},
      {"take, one", [](const auto& v) { take(v, 0); }},
      {"item", [](const auto& v) { v.item(); }},
      {"bool", [](const auto& v) { static_cast<void>(v ? 1 : 0); }},
      {"negate", [](const auto& v) { -v; }},
      {"add", [one](const auto& v) { one + v; }},
      {"divide", [](const auto& v) { 1.0 / v; }},
      {"power", [](const auto& v) { power(v, 2); }},
      {"greater", [](const auto& v) { static_cast<void>(v > 0.0); }},
      {"where", [one](const auto& v) { where(one, v, 0.0); }},
      {"where's condition", [one](const auto& v) { where(v, one, 0.0); }},
      {"clip", [](const auto& v) { clip(v, 0, 1); }},
      {"exp", [](const auto& v) { exp(v); }},
      {"softplus", [](const auto& v) { softplus(v); }},
      {"sum", [](const auto& v) { sum(v); }},
      {"std", [](const auto& v) { xtape::std(v); }},
      {"max", [](const auto& v) { max(v, 0); }},
      {"logsumexp", [](const auto& v) { logsumexp(v); }},
      {"softmax", [](const auto& v) { softmax(v); }},
      {"reshape", [](const auto& v) { reshape(v, {1}); }},
      {"ravel", [](const auto& v) { ravel(v); }},
      {"transpose", [](const auto& v) { transpose(v); }},
      {"broadcast_to", [](const auto& v) { broadcast_to(v, {2}); }},
      {"expand_dims", [](const auto& v) { expand_dims(v, 0); }},
      {"squeeze", [](const auto& v) { squeeze(v); }},
      {"stop_gradient", [](const auto& v) { stop_gradient(v); }},
      {"slice",
       [](const auto& v) {
         slice(v, {{0, 1}});
       }},
      {"take", [](const auto& v) { take(v, std::vector<int>{0}); }},
      {"concatenate",
       [one](const auto& v) {
         concatenate<double>({reshape(one, {1}), v});
       }},
      {"concatenate, first",
       [one](const auto& v) {
         concatenate<double>({v, reshape(one, {1})});
       }},
      {"stack",
       [one](const auto& v) {
         stack<double>({one, v});
       }},
      {"split", [](const auto& v) { split(v, 1); }},
      {"matmul",
       [one](const auto& v) {
         matmul(reshape(one, {1, 1}), v);
       }},
      {"dot", [one](const auto& v) { dot(one, v); }},
      {"linear",
       [one](const auto& v) {
         linear(reshape(one, {1, 1}), reshape(one, {1, 1}), v);
       }},
      {"map", [one](const auto& v) { map([](const auto& x, const auto& y) { return x * y; }, one, v); }},
      {"map_sum", [](const auto& v) { map_sum([](const auto& x) { return x; }, v); }},
      {"grad", [](const auto& v) { grad(total)(v); }},
      {"value_and_grad",
       [one](const auto& v) { value_and_grad([](const auto& x, const auto& y) { return sum(x * y); })(one, v); }},
      {"checkpoint", [](const auto& v) { checkpoint(twice)(v); }},
      {"checkpoint of a function that does not use it",
       [one](const auto& v) { checkpoint([](const auto& x, const auto&) { return 2.0 * x; })(one, v); }},
      {"checkpoint_sequential",
       [](const auto& v) {
         checkpoint_sequential(std::vector{twice, twice, twice, twice}, v, 2);
       }},
      {"checkpoint_sequential of nothing",
       [](const auto& v) {
         checkpoint_sequential(std::vector<std::function<Var<double>(const Var<double>&)>>{}, v, 1);
       }},
      {"a function's result", [](const auto& v) { grad([&](const auto&) { return v; })(1.0); }},
      {"a checkpoint's result", [](const auto& v) { checkpoint([&](const auto&) { return v; })(1.0); }},
      {"tape.watch", [](const auto& v) { Tape<double>().watch(v); }},
      {"target",
       [](const auto& v) {
         Tape<double> tape;
         tape.gradient(v, tape.watch(1.0));
       }},
      {"source",
       [](const auto& v) {
         Tape<double> tape;
         tape.gradient(tape.watch(1.0), v);
       }},
  };
}

TEST(EmptyVar, EveryUseOfItSaysSo) {
  Var<double> moved(1.0);
  const Var<double> taken = std::move(moved);
  for (const Use& each : uses()) {
    const auto& name = each.first;
    const auto& use = each.second;
    for (const Var<double>& v : {Var<double>(), moved}) {  // NOLINT: that is the point
      const std::string outside = message_of<TapeError>([&] { use(v); });
      EXPECT_TRUE(has(outside, {"[Var] empty variable"})) << name;
      Tape<double> tape;
      const std::string inside = message_of<TapeError>([&] { use(v); });
      EXPECT_TRUE(has(inside, {"[Var] empty variable"})) << name << " on a tape";
      EXPECT_LE(tape.size(), 1u) << name;
    }
  }
}

}  // namespace
}  // namespace xtape
