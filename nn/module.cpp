#include "nn/module.hpp"

#include <map>
#include <unordered_set>

namespace xtape::nn {

template <class T>
Module<T>::Module(Moved, Module&& other) : own_(other.own_), first_key_(other.first_key_), last_key_(other.last_key_) {
  if (!other.is_a_part_ && other.parts_.empty()) return;
  throw Error(
      "[Module] a module that was added to another, or has parts, cannot be moved: it is known by its address. "
      "Fill a vector of layers before the first of them is added");
}

template <class T>
std::vector<Parameter<T>> Module<T>::parameters() const {
  std::vector<Parameter<T>> result;
  for (const NamedParameter<T>& named : named_parameters()) result.push_back(named.parameter);
  return result;
}

template <class T>
std::vector<NamedParameter<T>> Module<T>::named_parameters() const {
  std::vector<NamedParameter<T>> result;
  const auto roster = std::make_shared<Roster>();
  collect("", result, *roster);
  std::unordered_set<std::uint64_t> seen;
  std::erase_if(result, [&seen](const NamedParameter<T>& named) { return !seen.insert(named.parameter.key()).second; });
  roster->keys.assign(seen.begin(), seen.end());
  std::sort(roster->keys.begin(), roster->keys.end());
  for (NamedParameter<T>& named : result) named.parameter.set_roster(roster);
  return result;
}

template <class T>
std::size_t Module<T>::parameter_count() const {
  std::size_t count = 0;
  for (const NamedParameter<T>& named : named_parameters()) count += named.parameter.size();
  return count;
}

template <class T>
void Module<T>::add(std::string name, Module& part) {
  check_name(name);
  if (&part == this) throw Error("[Module] a module cannot be a part of itself, got \"" + name + "\"");
  if (const std::string path = part.path_to(*this); !path.empty()) {
    throw Error("[Module] the module \"" + name + "\" cannot be a part of one that it contains: that is its part \"" +
                path + "\"");
  }
  parts_.emplace_back(std::move(name), &part);
  part.is_a_part_ = true;
  last_key_ = Parameter<T>::next_key();
}

template <class T>
void Module<T>::add(std::string name, const Parameter<T>& parameter) {
  check_name(name);
  own_.push_back({std::move(name), parameter});
  last_key_ = Parameter<T>::next_key();
}

template <class T>
void Module<T>::check_name(const std::string& name) const {
  bool taken = false;
  for (const auto& [other, part] : parts_) taken = taken || other == name;
  for (const NamedParameter<T>& named : own_) taken = taken || named.name == name;
  if (taken) throw Error("[Module] the name \"" + name + "\" is added twice");
  if (name.empty() || name.find('.') != std::string::npos) {
    throw Error("[Module] a name must not be empty or have a dot in it, got \"" + name + "\"");
  }
}

template <class T>
std::string Module<T>::path_to(const Module& part) const {
  for (const auto& [name, own] : parts_) {
    if (own == &part) return name;
    if (const std::string path = own->path_to(part); !path.empty()) return name + "." + path;
  }
  return "";
}

template <class T>
void Module<T>::collect(const std::string& prefix, std::vector<NamedParameter<T>>& into, Roster& roster) const {
  roster.made.push_back({first_key_, last_key_});
  for (const NamedParameter<T>& named : own_) into.push_back({prefix + named.name, named.parameter});
  for (const auto& [name, part] : parts_) part->collect(prefix + name + ".", into, roster);
}

template <class T>
void copy_parameters(const Module<T>& from, Module<T>& to) {
  const auto source = from.named_parameters(), target = to.named_parameters();
  if (source.size() != target.size()) {
    throw ShapeError("[copy_parameters] " + std::to_string(source.size()) + " parameters do not fit " +
                     std::to_string(target.size()));
  }
  for (std::size_t k = 0; k < source.size(); ++k) {  // all checks before the first change
    const Shape &given = source[k].parameter.shape(), &expected = target[k].parameter.shape();
    if (source[k].name == target[k].name && given == expected) continue;
    throw ShapeError("[copy_parameters] " + source[k].name + " of shape " + to_string(given) + " does not fit " +
                     target[k].name + " of shape " + to_string(expected));
  }
  for (std::size_t k = 0; k < source.size(); ++k) target[k].parameter.set(source[k].parameter.value());
}

template <class T>
std::vector<std::string> copy_shared_parameters(const Module<T>& from, Module<T>& to) {
  std::map<std::string, Parameter<T>> source;
  for (const NamedParameter<T>& named : from.named_parameters()) source.emplace(named.name, named.parameter);
  std::vector<std::pair<Parameter<T>, Parameter<T>>> shared;
  std::vector<std::string> others;
  for (const NamedParameter<T>& named : to.named_parameters()) {
    const auto found = source.find(named.name);
    if (found == source.end()) {
      others.push_back(named.name);
      continue;
    }
    const Shape &given = found->second.shape(), &expected = named.parameter.shape();
    if (given != expected) {
      throw ShapeError("[copy_shared_parameters] " + named.name + " of shape " + to_string(given) +
                       " does not fit the one of shape " + to_string(expected));
    }
    shared.emplace_back(found->second, named.parameter);
  }
  if (shared.empty()) throw ShapeError("[copy_shared_parameters] parameters of one name expected, got none");
  for (const auto& [value, parameter] : shared) parameter.set(value.value());
  return others;
}

template class Module<float>;
template class Module<double>;
template void copy_parameters(const Module<float>&, Module<float>&);
template void copy_parameters(const Module<double>&, Module<double>&);
template std::vector<std::string> copy_shared_parameters(const Module<float>&, Module<float>&);
template std::vector<std::string> copy_shared_parameters(const Module<double>&, Module<double>&);

}  // namespace xtape::nn
