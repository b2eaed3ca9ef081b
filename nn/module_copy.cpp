// Copies of what modules keep.

#include "nn/module.hpp"

#include <algorithm>
#include <map>

namespace xtape::nn {

template <class T>
void detail::copy_value(const NamedState<T>& from, const NamedState<T>& to) {
  if (const auto* counter = std::get_if<Counter>(&from.kept)) return std::get<Counter>(to.kept).set(counter->value());
  const auto* buffer = std::get_if<Buffer<T>>(&from.kept);
  const Array<T>& value = buffer == nullptr ? from.parameter()->value() : buffer->value();
  if (to.parameter() != nullptr) return to.parameter()->set(value);
  std::get<Buffer<T>>(to.kept).set(value);
}

namespace {

// The same kind of thing: a parameter, a buffer or a counter.
template <class T>
bool fits(const NamedState<T>& from, const NamedState<T>& to) {
  return from.kept.index() == to.kept.index() && from.shape() == to.shape();
}

template <class T>
std::string described(const NamedState<T>& named) {
  const char* const kinds[] = {"", "the buffer ", "the counter "};
  return kinds[named.kept.index()] + named.name + " of shape " + to_string(named.shape());
}

}  // namespace

template <class T>
void copy_parameters(const Module<T>& from, Module<T>& to) {
  const auto source = from.state(), target = to.state();
  if (source.size() != target.size()) {
    throw ShapeError("[copy_parameters] " + std::to_string(source.size()) + " parameters do not fit " +
                     std::to_string(target.size()));
  }
  for (std::size_t k = 0; k < source.size(); ++k) {  // all checks before the first change
    if (source[k].name == target[k].name && fits(source[k], target[k])) continue;
    throw ShapeError("[copy_parameters] " + described(source[k]) + " does not fit " + described(target[k]));
  }
  for (std::size_t k = 0; k < source.size(); ++k) detail::copy_value(source[k], target[k]);
}

template <class T>
std::vector<std::string> copy_shared_parameters(const Module<T>& from, Module<T>& to) {
  std::map<std::string, NamedState<T>> source;
  for (const NamedState<T>& named : from.state()) {
    source.emplace(named.name, named);
    for (const std::string& name : named.other_names) source.emplace(name, named);
  }
  std::vector<std::pair<NamedState<T>, NamedState<T>>> shared;
  std::vector<std::string> others;
  for (const NamedState<T>& named : to.state()) {
    auto found = source.find(named.name);
    for (const std::string& name : named.other_names) {
      if (found == source.end()) found = source.find(name);
    }
    if (found == source.end()) {
      others.push_back(named.name);
      continue;
    }
    if (!fits(found->second, named)) {
      throw ShapeError("[copy_shared_parameters] " + described(found->second) + " does not fit " + described(named));
    }
    shared.emplace_back(found->second, named);
  }
  if (shared.empty()) throw ShapeError("[copy_shared_parameters] parameters of one name expected, got none");
  for (const auto& [value, target] : shared) detail::copy_value(value, target);
  return others;
}

template <class T>
void Module<T>::copy_modes(const Module& from) {
  place_->training = from.place_->training;
  for (std::size_t k = 0; k < std::min(parts_.size(), from.parts_.size()); ++k) {
    parts_[k].second->copy_modes(*from.parts_[k].second);
  }
}

template <class T>
void copy_state_and_modes(const Module<T>& from, Module<T>& to) {
  copy_parameters(from, to);
  const auto source = from.state(), target = to.state();
  for (std::size_t k = 0; k < source.size(); ++k) {
    if (const Parameter<T>* parameter = source[k].parameter()) target[k].parameter()->set_frozen(parameter->frozen());
  }
  to.copy_modes(from);
}

template void Module<float>::copy_modes(const Module&);
template void Module<double>::copy_modes(const Module&);
template void detail::copy_value(const NamedState<float>&, const NamedState<float>&);
template void detail::copy_value(const NamedState<double>&, const NamedState<double>&);
template void copy_parameters(const Module<float>&, Module<float>&);
template void copy_parameters(const Module<double>&, Module<double>&);
template std::vector<std::string> copy_shared_parameters(const Module<float>&, Module<float>&);
template std::vector<std::string> copy_shared_parameters(const Module<double>&, Module<double>&);
template void copy_state_and_modes(const Module<float>&, Module<float>&);
template void copy_state_and_modes(const Module<double>&, Module<double>&);

}  // namespace xtape::nn
