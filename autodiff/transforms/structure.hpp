#pragma once
// Structures: what a function takes and gives beside arrays. Numbers, arrays and Vars are parts; tuples, pairs, arrays,
// vectors and maps of parts, and structs that name their members, are structures, to any depth; so is a module, whose
// parts are its parameters. Transforms work on the list of all parts.

#include "autodiff/core/dispatch.hpp"

#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace xtape {

/// A struct becomes a structure by one line that names the members which are parts, found by argument-dependent lookup:
///
///   struct Line {
///     Var<double> slope, offset;
///     friend auto members(Line& line) { return std::tie(line.slope, line.offset); }
///   };
///   const Line gradient = grad([&](const Line& line) { return loss(line); })(Line{1.0, 0.5});
///
/// Where the parts are not Vars the struct is a template of one type, template <class A> struct Line { A slope, offset;
/// ... }: a function of a Line<xt::xarray<double>> is given a Line<Var<double>>, and its gradient is a
/// Line<Array<double>>. Such a struct has parts alone: others would be lost.
template <class S>
concept HasMembers = requires(S& s) {
  std::tuple_size<decltype(members(s))>::value;
};

/// A module: its parameters are found on the tape by their keys, and are parts by their names.
template <class M>
concept HasParameters = requires(const M& module) {
  module.named_parameters()[0].name;
  module.named_parameters()[0].parameter.key();
};

namespace detail {

/// Where a part is: steps from an argument, or from a function's result, inwards, each an index or a name.
struct Place {
  static constexpr std::size_t kResult = std::size_t(-1);
  const Place* outer = nullptr;
  std::size_t index = 0;
  const std::string* name = nullptr;
};
/// "argument 1[\"weights\"][0]"; of a result what comes behind it.
std::string name_of(const Place& place);

/// Throws ShapeError unless the structures have parts of the same shapes at the same places: "[jvp] the direction of
/// argument 1 must have ...". `got` and `expected` are the places and the shapes of all parts, in order.
using PartShapes = std::vector<std::pair<std::string, Shape>>;
void check_parts(const char* operation, const std::string& what, const PartShapes& expected, const PartShapes& got);

template <class...>
struct Parts {};
template <class... Lists>
struct Joined {
  using type = Parts<>;
};
template <class... A>
struct Joined<Parts<A...>> {
  using type = Parts<A...>;
};
template <class... A, class... B, class... Rest>
struct Joined<Parts<A...>, Parts<B...>, Rest...> : Joined<Parts<A..., B...>, Rest...> {};

/// A kind of structure: the types of its parts, `List`; the same structure of other parts, `With<R>`;
/// visit(s, f, place), which calls f(part, place) for each part in order; and build<R>(s, next), a With<R> of what
/// next() gives for each part of `s`. Without members: no structure.
template <class S>
struct Structure {};

template <class S>
concept Structured = requires {
  typename Structure<std::remove_cvref_t<S>>::List;
};

template <Operand S>
struct Structure<S> {
  using List = Parts<S>;
  template <class R>
  using With = R;
  static void visit(auto& part, const auto& f, const Place& place) { f(part, place); }
  template <class R>
  static R build(const S&, auto& next) {
    return next();
  }
};

// What has a fixed number of parts: Visited{}(s) gives them as a tuple of references.
template <class... E>
struct FixedStructure {
  using List = typename Joined<typename Structure<E>::List...>::type;
  static void visit_each(const auto& elements, const auto& f, const Place& place) {
    [&]<std::size_t... K>(std::index_sequence<K...>) {
      (Structure<E>::visit(std::get<K>(elements), f, Place{&place, K}), ...);
    }
    (std::index_sequence_for<E...>{});
  }
};

template <Structured... E>
struct Structure<std::tuple<E...>> : FixedStructure<E...> {
  template <class R>
  using With = std::tuple<typename Structure<E>::template With<R>...>;
  static void visit(auto& s, const auto& f, const Place& place) {
    std::apply([&](auto&... e) { Structure::visit_each(std::tie(e...), f, place); }, s);
  }
  template <class R>
  static With<R> build(const std::tuple<E...>& s, auto& next) {
    return [&]<std::size_t... K>(std::index_sequence<K...>) {
      return With<R>{Structure<E>::template build<R>(std::get<K>(s), next)...};  // in order: they are in braces
    }
    (std::index_sequence_for<E...>{});
  }
};

template <Structured A, Structured B>
struct Structure<std::pair<A, B>> : FixedStructure<A, B> {
  template <class R>
  using With = std::pair<typename Structure<A>::template With<R>, typename Structure<B>::template With<R>>;
  static void visit(auto& s, const auto& f, const Place& place) {
    Structure::visit_each(std::tie(s.first, s.second), f, place);
  }
  template <class R>
  static With<R> build(const std::pair<A, B>& s, auto& next) {
    return With<R>{Structure<A>::template build<R>(s.first, next), Structure<B>::template build<R>(s.second, next)};
  }
};

template <Structured E, std::size_t N>
  requires(!Operand<std::array<E, N>>)
struct Structure<std::array<E, N>> {
  using List = typename Structure<E>::List;
  template <class R>
  using With = std::array<typename Structure<E>::template With<R>, N>;
  static void visit(auto& s, const auto& f, const Place& place) {
    for (std::size_t i = 0; i < N; ++i) Structure<E>::visit(s[i], f, Place{&place, i});
  }
  template <class R>
  static With<R> build(const std::array<E, N>& s, auto& next) {
    return [&]<std::size_t... K>(std::index_sequence<K...>) {
      return With<R>{Structure<E>::template build<R>(s[K], next)...};
    }
    (std::make_index_sequence<N>{});
  }
};

template <Structured E, class A>
  requires(!Operand<std::vector<E, A>>)
struct Structure<std::vector<E, A>> {
  using List = typename Structure<E>::List;
  template <class R>
  using With = std::vector<typename Structure<E>::template With<R>>;
  static void visit(auto& s, const auto& f, const Place& place) {
    for (std::size_t i = 0; i < s.size(); ++i) Structure<E>::visit(s[i], f, Place{&place, i});
  }
  template <class R>
  static With<R> build(const std::vector<E, A>& s, auto& next) {
    With<R> result;
    result.reserve(s.size());
    for (const E& element : s) result.push_back(Structure<E>::template build<R>(element, next));
    return result;
  }
};

template <Structured E, class Less, class A>
struct Structure<std::map<std::string, E, Less, A>> {
  using List = typename Structure<E>::List;
  template <class R>
  using With = std::map<std::string, typename Structure<E>::template With<R>>;
  static void visit(auto& s, const auto& f, const Place& place) {
    for (auto& [name, element] : s) Structure<E>::visit(element, f, Place{&place, 0, &name});
  }
  template <class R>
  static With<R> build(const std::map<std::string, E, Less, A>& s, auto& next) {
    With<R> result;
    for (const auto& [name, element] : s) result.emplace(name, Structure<E>::template build<R>(element, next));
    return result;
  }
};

// A struct of parts that are Vars stays what it is; else it is a template of their type.
template <class S, class R>
struct OfOther {
  static_assert(kNever<S>,
                "xtape: a struct whose parts are arrays or numbers is a template of their type, so that there is the "
                "same of Vars: template <class A> struct Line { A slope, offset; ... }");
  using type = S;
};
template <template <class> class S, class A, class R>
struct OfOther<S<A>, R> {
  using type = S<R>;
};
template <class S>
using members_of = std::remove_cvref_t<decltype(members(std::declval<S&>()))>;
template <class>
struct StructureOfMembers;
template <class... E>
struct StructureOfMembers<std::tuple<E...>> : FixedStructure<std::remove_cvref_t<E>...> {
  static_assert(((std::is_lvalue_reference_v<E> && !std::is_const_v<std::remove_reference_t<E>>)&&...),
                "xtape: members(Line& line) takes its struct by reference, not const, and gives std::tie(line.slope, "
                "line.offset)");
  static constexpr std::size_t kSize = (sizeof(std::remove_cvref_t<E>) + ... + 0);
};
template <class R, class... A>
consteval bool all_are(Parts<A...>) {
  return (std::same_as<A, R> && ...);
}

template <HasMembers S>
  requires(!Operand<S>)
struct Structure<S> : StructureOfMembers<members_of<S>> {
  template <class R>
  using With = typename std::conditional_t<all_are<R>(typename StructureOfMembers<members_of<S>>::List{}),
                                           std::type_identity<S>, OfOther<S, R>>::type;
  static void visit(S& s, const auto& f, const Place& place) { Structure::visit_each(members(s), f, place); }
  // Its line is written for one that may be changed.
  static void visit(const S& s, const auto& f, const Place& place) {
    const auto visit_const = [&f](const auto& part, const Place& at) { f(part, at); };
    visit(const_cast<S&>(s), visit_const, place);
  }
  template <class R>
  static With<R> build(const S& s, auto& next) {
    const auto list = members(const_cast<S&>(s));
    With<R> result = [&s] {
      if constexpr (std::same_as<With<R>, S>) {
        return s;
      } else {
        static_cast<void>(s);
        static_assert(sizeof(S) == StructureOfMembers<members_of<S>>::kSize,
                      "xtape: a struct that is a template of its parts' type has parts alone: other members would be "
                      "lost where the same is made of Vars; make the parts Vars, or pass the others as an argument");
        return With<R>{};
      }
    }();
    const auto into = members(result);
    [&]<std::size_t... K>(std::index_sequence<K...>) {
      ((std::get<K>(into) = Structure<std::remove_cvref_t<std::tuple_element_t<K, members_of<S>>>>::template build<R>(
            std::get<K>(list), next)),
       ...);
    }
    (std::make_index_sequence<std::tuple_size_v<members_of<S>>>{});
    return result;
  }
};

template <class M>
using parameter_of = std::remove_cvref_t<decltype(std::declval<const M&>().named_parameters()[0].parameter)>;
// Its parts count as arrays do: whether derivatives are arrays or Vars, the other arguments say. They stand by name, in
// the order of a std::map, which is what gradients and directions are.
template <HasParameters M>
struct Structure<M> {
  using List = Parts<Array<typename parameter_of<M>::value_type>>;
  template <class R>
  using With = std::map<std::string, R>;
  static std::map<std::string, parameter_of<M>> by_name(const M& module) {
    std::map<std::string, parameter_of<M>> parameters;
    for (const auto& [name, parameter] : module.named_parameters()) parameters.emplace(name, parameter);
    return parameters;
  }
  static void visit(const M& module, const auto& f, const Place& place) {
    for (const auto& [name, parameter] : by_name(module)) f(parameter, Place{&place, 0, &name});
  }
  template <class R>
  static With<R> build(const M& module, auto& next) {
    With<R> result;
    for (const auto& [name, parameter] : by_name(module)) result.emplace(name, next());
    return result;
  }
};

template <class S>
using structure_of = Structure<std::remove_cvref_t<S>>;
template <class S, class R>
using structure_with = typename structure_of<S>::template With<R>;

template <class>
struct CommonVarOf;
template <class... A>
struct CommonVarOf<Parts<A...>> {
  static_assert(sizeof...(A) > 0, "xtape: a structure without parts has nothing to differentiate with respect to");
  using type = common_var<A...>;
};
template <class... S>
using joined_parts = typename Joined<typename structure_of<S>::List...>::type;
/// The Var type that all parts become.
template <class... S>
using common_var_of = typename CommonVarOf<joined_parts<S...>>::type;

template <class... A>
consteval bool any_is_variable(Parts<A...>) {
  return (Variable<A> || ...);
}

/// f(part, place) for each part of each argument.
template <class F, class... S>
void for_each_part(const F& f, const S&... s) {
  std::size_t argument = 0;
  (structure_of<S>::visit(s, f, Place{nullptr, argument++}), ...);
}

template <class T>
using VarList = std::vector<Var<T>>;

/// All parts, as Vars.
template <class V, class... S>
std::vector<V> parts_of(const S&... s) {
  std::vector<V> parts;
  parts.reserve(sizeof...(s));
  for_each_part([&parts](const auto& part, const Place&) { parts.push_back(as_number<V>(part)); }, s...);
  return parts;
}

/// The shape of a part as it is: no array is copied for it, and no parameter asked for on a tape.
template <class A>
Shape shape_of_part(const A& part) {
  if constexpr (Arithmetic<A>) {
    return Shape();
  } else if constexpr (Variable<A>) {
    return part.shape();
  } else if constexpr (Sequence<A>) {
    Shape shape;
    append_extents(part, shape);
    return shape;
  } else {
    return shape_of(part);
  }
}

/// Adds the place and the shape of a part to a list.
struct ListShape {
  PartShapes& list;
  void operator()(const auto& part, const Place& place) const {
    list.emplace_back(name_of(place), shape_of_part(part));
  }
};
template <class... S>
PartShapes argument_parts(const S&... s) {
  PartShapes list;
  for_each_part(ListShape{list}, s...);
  return list;
}
template <class S>
PartShapes result_parts(const S& s) {
  PartShapes list;
  structure_of<S>::visit(s, ListShape{list}, Place{nullptr, Place::kResult});
  return list;
}
template <class... S>
std::size_t part_count(const S&... s) {
  std::size_t count = 0;
  for_each_part([&count](const auto&, const Place&) { ++count; }, s...);
  return count;
}

/// `values`, one for each part, in the structure of `s`.
template <class R, class S>
structure_with<S, R> put_together(const S& s, std::vector<R> values) {
  std::size_t i = 0;
  auto next = [&]() -> R&& { return std::move(values.at(i++)); };
  return structure_of<S>::template build<R>(s, next);
}
/// The same for the arguments of a function: for several a tuple.
template <class R, class... S>
auto put_together_each(std::vector<R> values, const S&... s) {
  std::size_t i = 0;
  auto next = [&]() -> R&& { return std::move(values[i++]); };
  if constexpr (sizeof...(S) == 1) {
    return (structure_of<S>::template build<R>(s, next), ...);
  } else {
    return std::tuple<structure_with<S, R>...>{structure_of<S>::template build<R>(s, next)...};
  }
}

/// What a function is given for an argument like `s`: its parts, from `next` on, in its structure.
template <class V, class S>
decltype(auto) passed(const S& s, const V*& next) {
  if constexpr (Operand<S>) {
    static_cast<void>(s);
    return static_cast<const V&>(*next++);
  } else {
    const auto part = [&next]() -> const V& { return *next++; };
    return structure_of<S>::template build<V>(s, part);
  }
}

/// A structure without its elements: so much of arguments as it takes to put others together.
template <class V, class S>
auto skeleton(const S& s) {
  return put_together<V>(s, std::vector<V>(part_count(s)));
}
template <class V, class... S>
std::tuple<structure_with<S, V>...> skeletons(const S&... s) {
  return {skeleton<V>(s)...};
}
/// f(x...) where x... are like these skeletons, and have these parts.
template <class V, class F, class... S>
auto call_with_parts(const F& f, const std::vector<V>& parts, const std::tuple<S...>& like) {
  static_assert(
      std::is_invocable_v<const F&, const structure_with<S, V>&...>,
      "xtape: the function cannot be called with these arguments: it takes a Var (or a structure of Vars) for "
      "each, of their precision (write it with const auto& parameters), and is not mutable");
  const V* next = parts.data();
  const auto arguments = std::apply(  // in braces: in order
      [&](const S&... s) { return std::tuple<decltype(passed<V>(s, next))...>{passed<V>(s, next)...}; }, like);
  return std::apply([&f](const auto&... a) { return f(a...); }, arguments);
}

}  // namespace detail

}  // namespace xtape
